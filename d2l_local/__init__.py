"""各页共用的函数、类和常数。每一页都先写 `import d2l_local as d2l`，再导入 mxnet。

本文件和几个手写的模块以外，每一章的模块都从手稿里标了 `#@save` 的定义生成；增加一章就在下面加一行。
"""
from types import ModuleType as _Module
from typing import NoReturn as _NoReturn

from d2l_local import _compat, _second_edition

_compat.import_mxnet()

from d2l_local import _checks

# 各模块的 __all__ 就是公开的名字。次序要紧：后面的章用到前面的。
from d2l_local.figures import *
from d2l_local._checks import *
from d2l_local.data import *
from d2l_local.vision import *
from d2l_local.preliminaries import *
from d2l_local.linear import *
from d2l_local.mlp import *
from d2l_local.computation import *
from d2l_local.cnn import *
from d2l_local._second_edition import *

__version__ = '0.1.0'
__all__ = sorted(name for module in list(vars().values())
                 if isinstance(module, _Module) and module.__name__.startswith('d2l_local.')
                 for name in getattr(module, '__all__', ()))

for _name in __all__:
    _checks.explain_call(_name, globals())


def __getattr__(name: str) -> _NoReturn:
    """没有这个名字：第二版里有的，说出怎么改；打错的，说出像哪一个。"""
    raise AttributeError(_second_edition.explain_missing(name, __all__), name=name)
