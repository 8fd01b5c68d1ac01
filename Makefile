# 只需要 Python 3.11 或 3.12 和 make；其余由 .venv 这一步自己装好。不带目标运行 make 会列出各目标。
PYTHON ?= $(or $(shell command -v python3.11 || command -v python3.12 || command -v python3),\
  $(error 需要 Python 3.11 或 3.12。装好后用 make PYTHON=python3.11 指明))
RUN := .venv/bin/python -m
PIP := pip==26.3
UV := uv==0.13.9
FONTS := pylopdf-fonts-zh-cn==0.1.1
PRE_COMMIT := pre-commit==4.6.2
PAGE ?=
ALL ?=
# 会写这个文件夹的目标：同时运行几个 make 时，它们一个一个来。
WRITERS := book dist cloud test test-main test-site test-wheel test-windows test-cloud notebooks text lib data \
  format bench clean lock font picture hooks
export PYTHONUNBUFFERED := 1
# 数据、pip 和各程序的缓存都要有个家；没有 HOME 的，查用户名册，册上也没有的（如容器里）用 _build。
ifndef HOME
export HOME := $(or $(shell getent passwd $$(id -u) | cut -d: -f6),$(CURDIR)/_build/home)
endif

.DEFAULT_GOAL := help
.PHONY: help check doctor serve test-bare test-image $(WRITERS)

help: ## 列出所有目标
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

ifndef ALONE
$(WRITERS) .venv/ready:
	@$(PYTHON) -m tools.alone $(MAKE) --no-print-directory ALONE=1 $@

.venv/ready: requirements.txt pyproject.toml
else
book: .venv/ready ## 建网站到 _build/html
	@$(RUN) tools.site

dist: book ## 做出可以带走的压缩包（网站、全部笔记本、学生版、教师版）到 _build/dist
	@$(RUN) tools.dist

cloud: .venv/ready ## 抄一份单独一页也能用的到 _build/cloud：Colab 等处第一格装好要用的包
	@$(RUN) tools.cloud

test: .venv/ready ## 全部检验；ALL=1 连上次通过后没有变的页也重跑
	@D2L_ALL=$(ALL) $(RUN) tests.run

test-main: .venv/ready ## 只跑各页的主线：去掉选读和练习，输出仍与书上相同；PAGE=1.1 只跑一页
	@$(RUN) tests.main_line $(PAGE)

test-site: book ## 用 axe-core 看网站的每一页人人能不能用；每一页多重；Lighthouse 的分数（机器要空闲）
	@$(RUN) pip install --quiet --no-deps --upgrade --target _build/site-tests --group site-tests
	@$(RUN) tests.axe $(PAGE)
	@$(RUN) tests.weight $(PAGE)
	@$(RUN) tests.lighthouse

test-wheel: ## 像读者那样用 pip 装，在 Python 3.10～3.13 上运行每一页（机器上有哪个跑哪个）
	@$(PYTHON) tests/wheel.py

test-windows: .venv/ready ## 在 Windows 的 Python 里（用 wine64）跑各页的代码，列出与书上的不同；PAGE=1.1 只跑一页
	@$(RUN) tests.windows $(PAGE)

test-cloud: .venv/ready ## 在 Colab 的版本上从零开始，单独运行每一页；PAGE=1.1 只跑一页
	@$(RUN) tests.cloud $(PAGE)

notebooks: .venv/ready lib data ## 手稿 → 笔记本，只执行受影响的页；PAGE=1.1 只做一页
	@$(RUN) tools.notebooks $(PAGE)

text: .venv/ready ## 把手改过的笔记本写回手稿：make text PAGE=1.1
	@$(RUN) tools.notebooks --text $(PAGE)

lib: .venv/ready ## 从手稿的 #@save 代码生成 d2l_local 和 API 页
	@$(RUN) tools.library

data: .venv/ready ## 取来并核对全部数据集
	@$(RUN) tools.data

format: .venv/ready ## 按书的排版规则整理手稿的标点与空格
	@$(RUN) tools.checks --format

bench: .venv/ready ## 量速度：读数据、训练一步、建网站、检查
	@$(RUN) bench.bench

clean: ## 删掉生成的网站和环境（笔记本与数据不动）
	@find _build -mindepth 1 ! -name make.lock -delete
	@rm -rf .venv && echo '删掉了 _build 和 .venv。'

lock: .venv/ready ## 从 pyproject.toml 的短清单重新生成 requirements.txt
	@$(RUN) pip install --quiet $(UV)
	@$(RUN) uv pip compile --quiet pyproject.toml --group book --python-version 3.11 \
	  --python-platform x86_64-manylinux_2_28 --no-emit-index-url --no-annotate \
	  --custom-compile-command 'make lock' --output-file requirements.txt
	@echo 'requirements.txt 写好了。'

font: .venv/ready ## 重新生成插图用的中文字体
	@$(RUN) pip install --quiet $(FONTS)
	@$(RUN) bench.font

picture: book ## 重新画 docs 里的两张图：书中的一页，各模块的导入
	@$(RUN) docs.draw_page
	@$(RUN) docs.draw_imports

hooks: .venv/ready ## 每次 git commit 之前自动做快速检查
	@$(RUN) pip install --quiet $(PRE_COMMIT)
	@$(RUN) pre_commit install

# 装到一半被打断的 .venv 里没有 ready，整个重来；开始改动之前先拿走 ready，所以改到一半也是这样。
.venv/ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' || \
	  { echo '需要 Python 3.11 或 3.12。装好后用 make PYTHON=python3.11 指明。'; exit 1; }
	@echo '把需要的东西装进 .venv（约一分钟）……'
	@[ -e .venv/ready ] || rm -rf .venv
	@rm -f .venv/ready
	@$(PYTHON) -m venv .venv
	@$(RUN) pip install --quiet --disable-pip-version-check $(PIP)
	@$(RUN) pip install --quiet -r requirements.txt
	@$(RUN) pip install --quiet --no-deps --editable .
	@# 改成相对的路径：LC_ALL=C 时 Python 3.11 读不懂 .pth 里的汉字，就启动不了；文件夹也可以搬走了。
	@for file in .venv/lib/python*/site-packages/*d2l_local.pth; do echo ../../../.. >"$$file"; done
	@$(RUN) tools.kernelspec
	@touch .venv/ready
endif

check: .venv/ready ## 快速检查：同步、提取、链接、公式号、排版、代码（十秒左右）
	@$(RUN) tools.checks

doctor: ## 检查这台机器，逐项说“好”或怎么修
	@if .venv/bin/python -c '' 2>/dev/null; then $(RUN) tools.doctor; else $(PYTHON) tools/doctor.py; fi

serve: .venv/ready ## 在本机打开网站，保存手稿就重建
	@$(RUN) tools.serve

test-bare: ## 在新装的 Debian 12 里照 README 做一遍（要 root 和 debootstrap）
	@bash tests/bare.sh

test-image: ## 建 Dockerfile 的镜像，在里面用一遍 JupyterLab（要 docker 或 podman）
	@bash tests/image.sh
