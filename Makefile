# 只需要 Python 3.11 或 3.12 和 make；其余由 .venv 这一步自己装好。不带目标运行 make 会列出各目标。
PYTHON ?= $(or $(shell command -v python3.11 || command -v python3.12 || command -v python3),\
  $(error 需要 Python 3.11 或 3.12。装好后用 make PYTHON=python3.11 指明))
RUN := .venv/bin/python -m
# 装包一律核对 SHA-256：版本写在 pyproject.toml 里，make lock 把它们和各个文件的 SHA-256 写进 locks。
INSTALL := $(RUN) pip install --quiet --disable-pip-version-check --require-hashes
COMPILE := $(RUN) uv pip compile --quiet --python-version 3.11 --python-platform x86_64-manylinux_2_28 \
  --no-emit-index-url --no-annotate --custom-compile-command 'make lock'
LOCKED := requirements.txt pyproject.toml locks/pip.txt locks/book.txt locks/build.txt
PAGE ?=
ALL ?=
# 会写这个文件夹的目标：同时运行几个 make 时，它们一个一个来。
WRITERS := book dist cloud test test-main test-site test-wheel test-windows test-cloud test-unpinned test-repeat \
  notebooks text lib data format bench clean lock audit font picture hooks
export PYTHONUNBUFFERED := 1
# 数据、pip 和各程序的缓存都要有个家；没有 HOME 的，查用户名册，册上也没有的（如容器里）用 _build。
ifndef HOME
export HOME := $(or $(shell getent passwd $$(id -u) | cut -d: -f6),$(CURDIR)/_build/home)
endif

.DEFAULT_GOAL := help
.PHONY: help check doctor serve test-kills test-bare test-image $(WRITERS)

help: ## 列出所有目标
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

ifndef ALONE
$(WRITERS) .venv/ready:
	@$(PYTHON) -m tools.alone $(MAKE) --no-print-directory ALONE=1 $@

.venv/ready: $(LOCKED)
else
book: .venv/ready ## 建网站到 _build/html
	@$(RUN) tools.site

dist: book _build/audit/ready ## 做出可以带走的（网站、全部笔记本、学生版、教师版、PDF）和软件清单到 _build/dist，也放上网站的首页
	@$(INSTALL) --no-deps --upgrade --target _build/pdf-tools --requirement locks/pdf.txt
	@$(RUN) tools.dist

cloud: .venv/ready ## 抄一份单独一页也能用的到 _build/cloud：Colab 等处第一格装好要用的包
	@$(RUN) tools.cloud

test: .venv/ready ## 全部检验；ALL=1 连上次通过后没有变的页也重跑
	@D2L_ALL=$(ALL) $(RUN) tests.run

test-main: .venv/ready ## 只跑各页的主线：去掉选读和练习，输出仍与书上相同；PAGE=1.1 只跑一页
	@$(RUN) tests.main_line $(PAGE)

test-site: book ## 网站的每一页人人能不能用（axe-core）、多重、Lighthouse 的分数（机器要空闲）；印几页 PDF 看
	@$(INSTALL) --no-deps --upgrade --target _build/site-tests --requirement locks/site-tests.txt
	@$(RUN) tests.axe $(PAGE)
	@$(RUN) tests.weight $(PAGE)
	@$(RUN) tests.pdf
	@$(RUN) tests.lighthouse

test-wheel: ## 像读者那样用 pip 装，在 Python 3.10～3.13 上运行每一页（机器上有哪个跑哪个）
	@$(PYTHON) tests/wheel.py

test-windows: .venv/ready ## 在 Windows 的 Python 里（用 wine64）跑各页的代码，列出与书上的不同；PAGE=1.1 只跑一页
	@$(RUN) tests.windows $(PAGE)

test-cloud: .venv/ready ## 在 Colab 的版本上从零开始，单独运行每一页；PAGE=1.1 只跑一页
	@$(RUN) tests.cloud $(PAGE)

test-unpinned: .venv/ready ## 不固定环境运行每一页：四种指令集，一个和两个线程，结果写进前言的表；PAGE=1.1 只跑一页
	@$(RUN) tests.unpinned $(PAGE)

test-repeat: .venv/ready ## 每一页单独和并排各运行五次，每次的文字和插图都要一样；PAGE=1.1 只跑一页
	@$(RUN) tests.repeat $(PAGE)

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

lock: .venv/ready ## 从 pyproject.toml 的短清单重新生成 requirements.txt 和 locks
	@$(INSTALL) --requirement locks/lock.txt
	@$(COMPILE) --group book --output-file requirements.txt pyproject.toml
	@$(COMPILE) --group book --generate-hashes --constraint requirements.txt --output-file locks/book.txt pyproject.toml
	@for group in lab containers pip build audit lock font hooks; do \
	  $(COMPILE) --group $$group --generate-hashes --constraint requirements.txt --output-file locks/$$group.txt || exit; \
	done
	@# 它们要的包已经在 .venv 里。
	@for group in pdf site-tests; do \
	  $(COMPILE) --group $$group --generate-hashes --no-deps --output-file locks/$$group.txt || exit; \
	done
	@echo 'requirements.txt 和 locks 写好了。'

audit: _build/audit/ready ## 用 pip-audit 查锁定的包有没有公开的漏洞；有，或有一个查不成，都算不通过（要网络）
	@PYTHONPATH=_build/audit $(RUN) pip_audit --strict --require-hashes --disable-pip --progress-spinner off \
	  $(patsubst %,--requirement %,$(wildcard locks/*.txt))

_build/audit/ready: locks/audit.txt | .venv/ready
	@rm -rf _build/audit
	@$(INSTALL) --target _build/audit --requirement locks/audit.txt
	@touch $@

font: .venv/ready ## 重新生成插图用的中文字体
	@$(INSTALL) --requirement locks/font.txt
	@$(RUN) bench.font

picture: book ## 重新画 docs 里的两张图：书中的一页，各模块的导入
	@$(RUN) docs.draw_page
	@$(RUN) docs.draw_imports

hooks: .venv/ready ## 每次 git commit 之前自动做快速检查
	@$(INSTALL) --requirement locks/hooks.txt
	@$(RUN) pre_commit install

# 装到一半被打断的 .venv 里没有 ready，整个重来；开始改动之前先拿走 ready，所以改到一半也是这样。
.venv/ready: $(LOCKED)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' || \
	  { echo '需要 Python 3.11 或 3.12。装好后用 make PYTHON=python3.11 指明。'; exit 1; }
	@echo '把需要的东西装进 .venv（约一分钟）……'
	@[ -e .venv/ready ] || rm -rf .venv
	@rm -f .venv/ready
	@$(PYTHON) -m venv .venv
	@$(INSTALL) --requirement locks/pip.txt
	@$(INSTALL) --requirement locks/book.txt
	@$(RUN) pip install --quiet --no-deps --build-constraint locks/build.txt --editable .
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

test-kills: .venv/ready ## 小书里的 make 被强行结束、磁盘写满、时钟拨回，再做都一样
	@$(RUN) tests.kills

test-bare: ## 在新装的 Debian 12 里照 README 做一遍（要 root 和 debootstrap）
	@bash tests/bare.sh

test-image: ## 建 Dockerfile 的镜像，在里面用一遍 JupyterLab（要 docker 或 podman）
	@bash tests/image.sh
