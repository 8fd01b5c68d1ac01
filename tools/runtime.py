"""执行和检验笔记本时固定的环境变量：同样的代码在每台机器上得到同样的每一位数字。

线程数、BLAS 的内核、oneDNN 与 NumPy 用的指令集都会改变浮点数的末几位。执行（tools.notebooks）和
检验（conftest.py）都从这里取。
"""
import os

# 前六个是 NumPy 1.x 到 2.3 的叫法，后两个是 2.4 起的叫法。
AVX512 = 'AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR X86_V4'

PINNED: dict[str, str] = {
    'OMP_NUM_THREADS': '1',
    'OPENBLAS_NUM_THREADS': '1',
    'OPENBLAS_CORETYPE': 'Haswell',
    'DNNL_MAX_CPU_ISA': 'AVX2',
    'NPY_DISABLE_CPU_FEATURES': AVX512,
    # 处理器或 NumPy 不认得上一行里的名字时，NumPy 会在标准错误上告警。
    'PYTHONWARNINGS': 'ignore:During parsing environment variable',
    'PYTHONHASHSEED': '0',
}


def pin() -> None:
    """为本进程此后启动的内核固定环境。"""
    os.environ.update(PINNED)
