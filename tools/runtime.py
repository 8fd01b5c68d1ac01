"""执行和检验笔记本时固定的环境变量：同样的代码在每台机器上得到同样的每一位数字。

线程数、BLAS 的内核、oneDNN 与 NumPy 用的指令集都会改变浮点数的末几位。执行（tools.notebooks）和
检验（conftest.py）都从这里取。
"""
import os

AVX512 = ('AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL')

PINNED = {
    'OMP_NUM_THREADS': '1',
    'OPENBLAS_NUM_THREADS': '1',
    'OPENBLAS_CORETYPE': 'Haswell',
    'DNNL_MAX_CPU_ISA': 'AVX2',
    'NPY_DISABLE_CPU_FEATURES': AVX512,
    # 没有 AVX-512 的处理器上，NumPy 会为上一行在标准错误上告警。
    'PYTHONWARNINGS': 'ignore:During parsing environment variable',
    'PYTHONHASHSEED': '0',
}


def pin():
    """为本进程此后启动的内核固定环境。"""
    os.environ.update(PINNED)
