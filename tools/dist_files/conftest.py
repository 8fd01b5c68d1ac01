"""检验笔记本时的设置：固定计算环境（已经设过的也换掉），数据用旁边 data 文件夹里的。"""
import os
from pathlib import Path

from d2l_local._compat import PINNED

DATA = Path(__file__).resolve().parent / 'data'

os.environ.update(PINNED)
if DATA.exists():
    os.environ.setdefault('D2L_DATA_FROM', str(DATA))
