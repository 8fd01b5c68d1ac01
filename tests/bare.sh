#!/usr/bin/env bash
# 在光秃秃的 Debian 12 里，由普通用户照 README 做一遍：只装 README 写的软件包，用系统自己的 Python 3.11.2。
#
#   sudo tests/bare.sh                          make book、make doctor、make test
#   sudo tests/bare.sh '命令' …                 只做这些命令
#
# 要有 root 和 debootstrap。软件源、pip 的设置和证书取自这台机器；做完就删掉，KEEP=1 留着。
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- 'make book' 'make doctor' 'make test ALL=1'
[ "$(id -u)" = 0 ] || { echo '请用 root 运行：sudo make test-bare'; exit 1; }
command -v debootstrap >/dev/null || { echo '缺 debootstrap。请运行：sudo apt-get install debootstrap'; exit 1; }

packages=$(sed -nE 's/^sudo apt-get install (.*)/\1/p' README.md)
# 这台机器自己就是 Debian 12 时，沿用它的软件源；别的系统用 Debian 的官方源。
mirror= sources=()
if grep -q '^VERSION_CODENAME=bookworm' /etc/os-release; then
  mirror=$(grep -hsoE '^[^#]*https?://[^ ]+' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list |
           grep -oE 'https?://.*' | head -n 1 || true)
  sources=(/etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/auth.conf.d /etc/apt/apt.conf.d
           /etc/apt/trusted.gpg.d /usr/share/keyrings)
fi
bare=$(mktemp -d "${TMPDIR:-/tmp}/d2l-bare.XXXXXX")
chmod 755 "$bare"
mounts=(/proc /dev/null /dev/urandom /dev/shm)
# pip 的设置里写的本机文件夹（如 file:///opt/…）也要看得见。
mapfile -t folders < <({ python3 -m pip config list; env | grep '^PIP_'; } 2>/dev/null |
                       grep -oE '/(opt|srv|mnt)/' | sort -u || true)

leave() {
  for path in "${mounts[@]}" "${folders[@]}"; do umount "$bare$path" 2>/dev/null || true; done
  if [ -z "${KEEP:-}" ]; then rm -rf --one-file-system "$bare"; else echo "留在 $bare"; fi
}
trap leave EXIT

inside() {  # inside 用户 命令：在里面由这个用户运行
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    "${settings[@]}" chroot "$bare" su -p "$1" -s /bin/bash -c "export HOME=~$1; $2"
}

copy() { for path in "$@"; do [ -e "$path" ] && cp -rL --parents "$path" "$bare/"; done; true; }

echo "装一个最小的 Debian 12……"
debootstrap --variant=minbase bookworm "$bare" $mirror >"$bare.log" 2>&1 || { tail -n 20 "$bare.log"; exit 1; }
mapfile -t settings < <(env | grep -E '^(PIP_|SSL_CERT_|REQUESTS_CA_BUNDLE=|https?_proxy=|HTTPS?_PROXY=)')
[ ${#sources[@]} = 0 ] || rm -f "$bare/etc/apt/sources.list"
copy "${sources[@]}" /etc/resolv.conf /etc/hosts
for path in "${mounts[@]}" "${folders[@]}"; do
  if [ -d "$path" ]; then mkdir -p "$bare$path"; else mkdir -p "$(dirname "$bare$path")"; touch "$bare$path"; fi
  mount --rbind "$path" "$bare$path"
done
inside root "apt-get update -qq && apt-get install -y -qq --no-install-recommends $packages && useradd -m reader" >>"$bare.log" 2>&1 ||
  { tail -n 20 "$bare.log"; exit 1; }
# 装软件包时会重写证书，所以这几样后放。
copy /etc/pip.conf /etc/xdg/pip /etc/ssl/certs/ca-certificates.crt
mkdir "$bare/home/reader/书 book"
tar -c --exclude=./.venv --exclude=./_build --exclude=./.git . | tar -x -C "$bare/home/reader/书 book"
inside root 'chown -R reader: /home/reader'

failed=
for command in "$@"; do
  echo "== $command"
  time inside reader "cd ~/'书 book' && python3 --version && $command" || failed="$failed（$command）"
done
rm -f "$bare.log"
[ -z "$failed" ] || { echo "没有通过：$failed"; exit 1; }
