#!/usr/bin/env bash
# 在光秃秃的 Debian 12 里，由普通用户照 README 做一遍：只装 README 写的软件包，用系统自己的 Python 3.11.2。
#
#   sudo tests/bare.sh                          make book、make doctor、make test
#   sudo tests/bare.sh '命令' …                 只做这些命令
#
# 要有 root 和 debootstrap（见 debian.sh）；做完就删掉，KEEP=1 留着。
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- 'make book' 'make doctor' 'make test ALL=1'
. tests/debian.sh

packages=$(sed -nE 's/^sudo apt-get install (.*)/\1/p' README.md)
bare=$(mktemp -d "${TMPDIR:-/tmp}/d2l-bare.XXXXXX")
mounts=(/proc /dev/null /dev/urandom /dev/shm)

leave() {
  for path in "${mounts[@]}" "${folders[@]}"; do umount "$bare$path" 2>/dev/null || true; done
  if [ -z "${KEEP:-}" ]; then rm -rf --one-file-system "$bare"; else echo "留在 $bare"; fi
}
trap leave EXIT

inside() {  # inside 用户 命令：在里面由这个用户运行
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    "${settings[@]}" chroot "$bare" su -p "$1" -s /bin/bash -c "export HOME=~$1; $2"
}

make_debian "$bare"
copy_into "$bare" /etc/resolv.conf /etc/hosts
for path in "${mounts[@]}" "${folders[@]}"; do
  if [ -d "$path" ]; then mkdir -p "$bare$path"; else mkdir -p "$(dirname "$bare$path")"; touch "$bare$path"; fi
  mount --rbind "$path" "$bare$path"
done
inside root "apt-get update -qq && apt-get install -y -qq --no-install-recommends $packages && useradd -m reader" >>"$bare.log" 2>&1 ||
  { tail -n 20 "$bare.log"; exit 1; }
copy_settings "$bare"
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
