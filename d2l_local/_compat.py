"""让 MXNet 1.9.1（Windows 上 1.7.0）与今天的 NumPy（1.24 到 2.x）一起工作，固定环境，导入失败时说清怎么办。

MXNet 在导入时要用到 NumPy 后来删掉的名字，先得补回去；固定环境的变量也要在它启动以前设好。所以每一页都
先导入 `d2l_local`，再导入 `mxnet`。本文件只用标准库，tools 和 tests 不导入 MXNet 也能从这里取 `PINNED`。
"""
import builtins
import functools
import importlib
import os
import platform
import sys
import warnings
from types import ModuleType, SimpleNamespace
from typing import Any

# 有安装包而且能导入的系统：{(系统, 处理器): 版本}。第一种上逐字检验；第二种用 wine 试过；第三种没有试过。
# PyPI 上还有 Linux aarch64 的 1.9.1，它要的 Arm Performance Libraries 没有带上，导入总是失败，所以不列。
WHEELS = {('Linux', 'x86_64'): '1.9.1', ('Windows', 'AMD64'): '1.7.0.post2', ('Darwin', 'x86_64'): '1.9.1'}
# 没有安装包的系统上另有的办法。
ELSEWHERE = {'Darwin': '用 Rosetta 运行 x86-64 的 Python、', 'Windows': '用 x86-64 的 Python、'}
# 再新的 NumPy 还没有试过；在 Windows 上只试过 1.26。
TESTED_NUMPY, TESTED_ON_WINDOWS = 'numpy<2.6', 'numpy<2'
SYSTEM_LIBRARIES = {'libgomp': 'libgomp1', 'libquadmath': 'libquadmath0'}

# 线程数、BLAS 的内核、oneDNN 与 NumPy 用的指令集都会改变浮点数的末几位，固定了，同样的代码在每台机器上
# 得到同样的每一位。NumPy 的指令集，前六个是 1.x 到 2.3 的叫法，后两个是 2.4 起的；它不认得的名字会引起
# 警告，所以也固定 PYTHONWARNINGS。
PINNED = {
    'OMP_NUM_THREADS': '1',
    'OPENBLAS_NUM_THREADS': '1',
    'OPENBLAS_CORETYPE': 'Haswell',
    'DNNL_MAX_CPU_ISA': 'AVX2',
    'NPY_DISABLE_CPU_FEATURES': ('AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL '
                                 'AVX512_SPR X86_V4'),
    'PYTHONWARNINGS': 'ignore:During parsing environment variable',
    'PYTHONHASHSEED': '0',
}
TOO_LATE = ('mxnet 在 d2l_local 之前就导入了，这里的数字可能与书上的略有不同。'
            '请把 import d2l_local as d2l 移到最前，再重启内核。')


def pin() -> None:
    """设好 `PINNED` 里还没有设的环境变量；设过的不改，`D2L_UNPINNED=1` 时一个也不设。

    MXNet 已经导入而有变量还没有设，就在标准错误上说一句 `TOO_LATE`。
    """
    if os.environ.get('D2L_UNPINNED', '') not in ('', '0'):
        return
    if 'mxnet' in sys.modules and not PINNED.keys() <= os.environ.keys():
        print(TOO_LATE, file=sys.stderr)
    for name, value in PINNED.items():
        os.environ.setdefault(name, value)


def mxnet_version(system: str = '') -> str:
    """返回 `system`（默认是这台机器的）上该装的 MXNet 的版本；没有安装包的系统说 1.9.1。"""
    system = system or platform.system()
    return next((version for (name, _), version in WHEELS.items() if name == system), '1.9.1')


def _removed_names(numpy: ModuleType) -> dict[str, Any]:
    """返回 {名字: 值}：NumPy 删掉而 MXNet 还要的名字，各由今天的同义写法给出。"""
    return {
        'bool': builtins.bool,
        'PZERO': 0.0, 'NZERO': -0.0, 'NINF': -numpy.inf, 'PINF': numpy.inf,
        'NAN': numpy.nan, 'NaN': numpy.nan, 'Inf': numpy.inf,
        'alltrue': numpy.all, 'sometrue': numpy.any, 'product': numpy.prod,
        'round_': numpy.round,
        'in1d': lambda array, *rest, **options: numpy.isin(array, *rest, **options).ravel(),
        'trapz': getattr(numpy, 'trapezoid', None) or getattr(numpy, 'trapz', None),
        'msort': lambda array: numpy.sort(array, axis=0),
        # np.pad 用它认出字符串。
        'compat': SimpleNamespace(basestring=str),
        # MXNet 导入时只查这些财务函数在不在，从不调用它们。
        **dict.fromkeys(('mirr', 'npv', 'pmt', 'ppmt', 'pv', 'rate')),
    }


def patch(numpy: ModuleType) -> list[str]:
    """把 NumPy 缺的名字补回模块 `numpy`，已有的一个不动；返回补上的名字。"""
    version = tuple(int(part) for part in numpy.__version__.split('.')[:2])
    if version < (1, 24):
        return []
    # 只看模块自己的字典：在 NumPy 1.x 里，hasattr 会触发弃用警告。1.x 只缺 bool。
    missing = {name: value for name, value in _removed_names(numpy).items()
               if name not in vars(numpy) and (version >= (2, 0) or name == 'bool')}
    for name, value in missing.items():
        setattr(numpy, name, value)
    if version >= (2, 0):
        # 让标量照 1.x 的样子显示，也让 MXNet 数组能用 NumPy 整数作下标。
        numpy.set_printoptions(legacy='1.25')
    return sorted(missing)


def explain_import_error(error: BaseException, system: str = '', machine: str = '') -> str:
    """把导入 MXNet 时的异常 `error` 变成一行中文：缺什么，怎么办。"""
    system, machine = system or platform.system(), machine or platform.machine()
    text = str(error).strip().partition('\n')[0]
    for library in SYSTEM_LIBRARIES:
        if library in text:
            return (f'MXNet 需要系统库 {library}，这台机器上没有。Debian 或 Ubuntu 上运行：'
                    f'sudo apt-get install {" ".join(SYSTEM_LIBRARIES.values())}')
    if (system, machine) not in WHEELS:
        return (f'MXNet 没有能在 {system} {machine} 上用的安装包，这里的 Python 不能运行本书的代码。'
                f'请{ELSEWHERE.get(system, "")}在 linux/amd64 的容器里运行，'
                '或在 Colab 等云端的笔记本里打开这一页。')
    if system == 'Windows' and isinstance(error, OSError) and 'libmxnet.dll' in text:
        return ('MXNet 需要微软的 Visual C++ 运行库（vcomp140.dll 和 msvcp140.dll），这台机器上没有。'
                '请运行：pip install msvc-runtime')
    version = mxnet_version(system)
    if getattr(error, 'name', None) == 'mxnet':
        book = '' if system == 'Windows' else '在本书的文件夹里运行 make book 会装好一切；只装 MXNet 则'
        return f'没有安装 MXNet。{book or "请"}运行：pip install --no-deps mxnet=={version}'
    if getattr(error, 'name', None) == 'distutils':
        return 'Python 3.12 起不再自带 distutils，而 MXNet 要用它。请运行：pip install setuptools'
    if isinstance(error, AttributeError):
        numpy = f'"{TESTED_ON_WINDOWS}"' if system == 'Windows' else f"'{TESTED_NUMPY}'"
        return (f'MXNet {version} 与这个版本的 NumPy 合不来（{text}）。'
                f'请换成本书试过的版本：pip install {numpy}')
    cure = ('请照“安装与运行”一页在新的环境里重新安装。' if system == 'Windows' else
            '在本书的文件夹里运行 make doctor，它会逐项检查并说出怎么修。')
    return f'导入 MXNet 失败（{type(error).__name__}: {text}）。{cure}'


def _find_libraries() -> None:
    """Windows 上让 MXNet 找到 pip 装的微软运行库（msvc-runtime 把它们放在 Python 环境的文件夹里）。"""
    if sys.platform == 'win32':
        os.add_dll_directory(sys.prefix)


@functools.cache
def import_mxnet() -> ModuleType:
    """固定环境、补好 NumPy 后导入 MXNet 并返回它；失败时抛出只有一行中文的 `ImportError`。"""
    pin()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings('ignore', 'During parsing environment variable')
            import numpy
        patch(numpy)
        _find_libraries()
        # 上一次没有成功的 `import mxnet` 会留下子模块；留着它们，`mxnet.autograd` 等名字会缺。
        if 'mxnet' not in sys.modules:
            for name in [name for name in sys.modules if name.startswith('mxnet.')]:
                del sys.modules[name]
        with warnings.catch_warnings():
            # MXNet 自己用着过时的 distutils，读者改不了。
            warnings.simplefilter('ignore', DeprecationWarning)
            return importlib.import_module('mxnet')
    except Exception as error:
        raise ImportError(explain_import_error(error)) from None
