#!/bin/sh
# 装好运行各页要的一切（Linux、macOS）；用哪个 Python：PYTHON=python3.12 sh install.sh
cd "$(dirname "$0")" || exit 1
for python in $PYTHON python3.11 python3.12 python3; do
  command -v "$python" >/dev/null && exec "$python" tools/install.py
done
echo '没有找到 Python。请先装 Python 3.11 或 3.12（Debian 或 Ubuntu：sudo apt-get install python3-venv）。'
exit 1
