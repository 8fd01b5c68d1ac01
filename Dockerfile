# 本书的容器：JupyterLab，从目录页开始。建和用的办法、试过哪些，见 docs/hosts.md。
ARG BASE=python:3.11-slim-bookworm

# 系统库与 d2l_local/_compat.py 的 SYSTEM_LIBRARIES 相同；make 用来装好 .venv。
# MXNet 只在 x86-64 上能用，所以在 Apple 芯片的 Mac 上也要这一种。Debian 只留着每个软件包的最新一版，不能固定版本。
# hadolint ignore=DL3029
FROM --platform=linux/amd64 ${BASE} AS system
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# hadolint ignore=DL3008
RUN apt-get update && \
    apt-get install -y --no-install-recommends libgomp1 libquadmath0 make && \
    rm -rf /var/lib/apt/lists/* && \
    useradd --create-home --uid 1000 --shell /bin/bash reader && \
    install --directory --owner 1000 --group 1000 /book /data
ENV LANG=C.UTF-8

# .devcontainer 用这一层：书的文件夹由编辑器挂进来，.venv 装在它里面。
FROM system AS devcontainer
# hadolint ignore=DL3008
RUN apt-get update && \
    apt-get install -y --no-install-recommends git openssh-client && \
    rm -rf /var/lib/apt/lists/*
USER 1000

FROM system AS book
USER 1000
WORKDIR /book
# 先只放装环境要的：只改文字时，不必重装。
COPY --chown=1000:1000 Makefile pyproject.toml requirements.txt README.md LICENSE ./
COPY --chown=1000:1000 LICENSES LICENSES
COPY --chown=1000:1000 locks locks
COPY --chown=1000:1000 d2l_local d2l_local
COPY --chown=1000:1000 tools tools
RUN PIP_NO_CACHE_DIR=1 make .venv/ready && \
    .venv/bin/python -m pip install --no-cache-dir --quiet --require-hashes --requirement locks/lab.txt
COPY --chown=1000:1000 . .
ENV PATH=/book/.venv/bin:$PATH D2L_DATA_DIR=/data
EXPOSE 8888
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8888/api', timeout=8)"]
# 口令每次启动新定一个，印在打出的地址里；用 -e JUPYTER_TOKEN=… 可以自己定。
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--port=8888", "--no-browser", \
     "--LabApp.default_url=/lab/tree/notebooks/index.ipynb"]
