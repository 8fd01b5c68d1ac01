#!/usr/bin/env bash
# 建 Dockerfile 的镜像并用一遍：不是 root，JupyterLab 要口令、从目录页开始，自检通过，几页重跑的输出与书上相同。
#
#   tests/image.sh                   用 docker，没有就用 podman；ENGINE=podman 指定一个
#   tests/image.sh notebooks/…       重跑这几页
#
# 拉不到 Dockerfile 里的官方镜像时，用新装的 Debian 12 代替它（见 debian.sh），这要 podman、root 和 debootstrap。
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- notebooks/ch1_preliminaries/autograd.ipynb notebooks/ch2_linear/linear-regression-concise.ipynb
. tests/debian.sh

image=localhost/d2l-book:test base=$(sed -n 's/^ARG BASE=//p' Dockerfile) token=$RANDOM$RANDOM$RANDOM
# HEALTHCHECK 只在 docker 格式的镜像里有；podman 默认用另一种。
export BUILDAH_FORMAT=docker
folder=$(mktemp -d "${TMPDIR:-/tmp}/d2l-image.XXXXXX")
container= options=()

leave() {
  [ -z "$container" ] || "$ENGINE" rm --force "$container" >/dev/null
  rm -rf --one-file-system "$folder" "$folder.log"
}
trap leave EXIT

fail() { echo "没有通过：$1"; exit 1; }

lint() {  # 两份写法都由别人的工具看：hadolint 看 Dockerfile，repo2docker 读 .binder
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/python" -m pip install --quiet --require-hashes --requirement locks/pip.txt
  "$folder/venv/bin/python" -m pip install --quiet --require-hashes --requirement locks/containers.txt
  "$folder/venv/bin/hadolint" Dockerfile || fail 'hadolint 对 Dockerfile 有意见'
  "$folder/venv/bin/jupyter-repo2docker" --no-build --debug --user-id 1000 --user-name reader . >"$folder/binder" 2>&1 ||
    { tail -n 20 "$folder/binder"; fail 'repo2docker 读不懂 .binder'; }
  grep -q "install --yes --no-install-recommends $(paste -sd' ' .binder/apt.txt)" "$folder/binder" &&
    grep -q 'environment.*py-2d3-2e11' "$folder/binder" && grep -q '^RUN ./.binder/postBuild' "$folder/binder" ||
    fail 'repo2docker 没有用上 .binder 里的 apt.txt、runtime.txt 或 postBuild'
}

choose_engine() {
  [ -n "${ENGINE:-}" ] || for ENGINE in docker podman none; do "$ENGINE" info >/dev/null 2>&1 && break; done
  [ "$ENGINE" != none ] ||
    { echo '没有能用的 docker 或 podman。Debian 或 Ubuntu 上：sudo apt-get install podman'; exit 1; }
}

choose_base() {
  "$ENGINE" pull --quiet --platform linux/amd64 "$base" >/dev/null 2>&1 && return
  [ "$ENGINE" = podman ] || { echo "拉不到 $base。请接上网络，或用 ENGINE=podman 在 Debian 12 上试。"; exit 1; }
  echo "拉不到 $base，用 Debian 12 和它自己的 Python 代替。"
  mkdir "$folder/debian"
  make_debian "$folder/debian" ca-certificates,python3,python3-venv
  tar -C "$folder/debian" --exclude='./proc/*' -c . |
    podman import --quiet "${settings[@]/#/--change=ENV }" - localhost/d2l-base:test >/dev/null
  rm -rf --one-file-system "$folder/debian"
  options=(--build-arg BASE=localhost/d2l-base:test)
  for path in "${folders[@]}"; do options+=(--volume "$path:$path:ro"); done
}

build() {  # build 目标 名字
  "$ENGINE" build --network host --target "$1" "${options[@]}" --tag "$2" . >"$folder/build" 2>&1 ||
    { tail -n 30 "$folder/build"; fail "建不成 $1"; }
}

inside() { "$ENGINE" exec "$container" "$@"; }

status() {  # status 路径 [口令]：JupyterLab 回答的状态码
  inside python -c 'import sys, urllib.request, urllib.error
try: print(urllib.request.urlopen("http://127.0.0.1:8888" + sys.argv[1]).status)
except urllib.error.HTTPError as error: print(error.code)' "$1${2:+?token=$2}"
}

healthy() {  # docker 自己按时做自检；podman 靠 systemd，没有它就由我们来做
  if [ "$ENGINE" = podman ]; then podman healthcheck run "$container" >/dev/null 2>&1; else
    [ "$(docker inspect --format '{{.State.Health.Status}}' "$container")" = healthy ]; fi
}

expect() { [ "$2" = "$3" ] || fail "$1：应是 $3，却是 $2"; echo "$1：$2"; }

choose_engine
lint
choose_base
build devcontainer "$image-devcontainer"
expect '编辑器的容器' "$("$ENGINE" run --rm "$image-devcontainer" sh -c 'command -v git make >/dev/null && id -un')" reader
time build book "$image"
expect '镜像的用户' "$("$ENGINE" image inspect --format '{{.Config.User}}' "$image")" 1000
container=$("$ENGINE" run --detach --env JUPYTER_TOKEN="$token" "$image")
for ((second = 0; second < 120; second++)); do healthy && break; sleep 1; done
healthy || { "$ENGINE" logs "$container" | tail -n 20; fail 'JupyterLab 的自检'; }
echo "自检：$second 秒后通过"
expect '容器里的用户' "$(inside id -un)" reader
expect '没有口令' "$(status /api/contents/notebooks)" 403
expect '有口令' "$(status /api/contents/notebooks "$token")" 200
expect '从哪一页开始' "$(inside python -c 'import sys, urllib.request
print(urllib.request.urlopen("http://127.0.0.1:8888/?token=" + sys.argv[1]).url.partition("?")[0])' "$token")" \
  http://127.0.0.1:8888/lab/tree/notebooks/index.ipynb
inside python -m pip check || fail '装着的包互相不合'
inside test -w notebooks/index.ipynb || fail '笔记本存不下来'
"$ENGINE" exec --env D2L_FORK=0 "$container" python -m pytest -q -n0 "$@" || fail '这几页的输出与书上不同'
"$ENGINE" stop --time 30 "$container" >/dev/null
expect '停下时的退出码' "$("$ENGINE" inspect --format '{{.State.ExitCode}}' "$container")" 0
