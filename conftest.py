"""pytest 的设置：用 tools.runtime 里固定的环境变量启动所有内核，与执行笔记本时相同。"""
from tools import runtime

runtime.pin()
