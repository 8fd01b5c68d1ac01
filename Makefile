# 只需要 Python 3.11 或 3.12 和 make；其余由 .venv 这一步自己装好。不带目标运行 make 会列出各目标。
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || echo python3)
RUN := .venv/bin/python -m
PIP := pip==26.3
UV := uv==0.13.9
FONTS := pylopdf-fonts-zh-cn==0.1.1
PAGE ?=
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: help book test test-matrix notebooks text lib data serve check doctor bench clean lock font format

help: ## 列出所有目标
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

book: .venv/ready ## 建网站到 _build/html
	@$(RUN) tools.site

test: .venv/ready ## 全部检验：快速检查、单元测试、严格重跑每个笔记本、浏览器里看网站
	@$(RUN) tools.test

test-matrix: ## 在最新的 NumPy 2 和 Python 3.11、3.12、3.13 上实跑（机器上有哪个跑哪个）
	@$(PYTHON) tests/matrix.py

notebooks: .venv/ready lib data ## 手稿 → 笔记本，只执行受影响的页；PAGE=1.1 只做一页
	@$(RUN) tools.notebooks $(PAGE)

text: .venv/ready ## 把手改过的笔记本写回手稿：make text PAGE=1.1
	@$(RUN) tools.notebooks --text $(PAGE)

lib: .venv/ready ## 从手稿的 #@save 代码生成 d2l_local 和 API 页
	@$(RUN) tools.extract

data: .venv/ready ## 取来并核对全部数据集
	@$(RUN) tools.data

serve: .venv/ready ## 在本机打开网站，保存手稿就重建
	@$(RUN) tools.serve

check: .venv/ready ## 快速检查：同步、提取、链接、公式号、排版、代码（20 秒以内）
	@$(RUN) tools.checks

doctor: ## 检查这台机器，逐项说“好”或怎么修
	@if [ -x .venv/bin/python ]; then $(RUN) tools.doctor; else $(PYTHON) tools/doctor.py; fi

format: .venv/ready ## 按书的排版规则整理手稿的标点与空格
	@$(RUN) tools.format

bench: .venv/ready ## 量速度：读数据、训练一步、建网站、检查
	@$(RUN) tools.bench

clean: ## 删掉生成的网站和环境（笔记本与数据不动）
	@rm -rf _build .venv && echo '删掉了 _build 和 .venv。'

lock: .venv/ready ## 从 pyproject.toml 的短清单重新生成 requirements.txt
	@$(RUN) pip install --quiet $(UV)
	@$(RUN) uv pip compile --quiet pyproject.toml --group book --python-version 3.11 \
	  --python-platform x86_64-manylinux_2_28 --no-emit-index-url --no-annotate \
	  --custom-compile-command 'make lock' --output-file requirements.txt
	@echo 'requirements.txt 写好了。'

font: .venv/ready ## 重新生成插图用的中文字体
	@$(RUN) pip install --quiet $(FONTS)
	@$(RUN) tools.font

.venv/ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' || \
	  { echo '需要 Python 3.11 或 3.12。装好后用 make PYTHON=python3.11 指明。'; exit 1; }
	@echo '第一次运行：把需要的东西装进 .venv（约一分钟）……'
	@$(PYTHON) -m venv .venv
	@$(RUN) pip install --quiet --disable-pip-version-check $(PIP)
	@$(RUN) pip install --quiet -r requirements.txt
	@$(RUN) pip install --quiet --no-deps --editable .
	@touch .venv/ready
