# 一个光秃秃的 Debian 12；由 bare.sh 和 image.sh 用 source 读进去。要有 root 和 debootstrap。
#
#   make_debian 文件夹 [软件包,…]    装好它。软件源、pip 的设置和证书取自这台机器；pip 的设置里的环境变量
#                                    在 settings，提到的本机文件夹（如 file:///opt/…）在 folders

mirror= sources=()
# 这台机器自己就是 Debian 12 时，沿用它的软件源；别的系统用 Debian 的官方源。
if grep -q '^VERSION_CODENAME=bookworm' /etc/os-release; then
  mirror=$(grep -hsoE '^[^#]*https?://[^ ]+' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list |
           grep -oE 'https?://.*' | head -n 1 || true)
  sources=(/etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/auth.conf.d /etc/apt/apt.conf.d
           /etc/apt/trusted.gpg.d /usr/share/keyrings)
fi
mapfile -t settings < <(env | grep -E '^(PIP_|SSL_CERT_|REQUESTS_CA_BUNDLE=|https?_proxy=|HTTPS?_PROXY=)')
mapfile -t folders < <({ python3 -m pip config list; env | grep '^PIP_'; } 2>/dev/null |
                       grep -oE '/(opt|srv|mnt)/' | sort -u || true)

copy_into() {  # copy_into 文件夹 路径…：有的照原来的路径放进去
  local place=$1 path
  shift
  for path in "$@"; do [ ! -e "$path" ] || cp -rL --parents "$path" "$place/"; done
}

# 装软件包时会重写证书，所以这几样最后放。
copy_settings() { copy_into "$1" /etc/pip.conf /etc/xdg/pip /etc/ssl/certs/ca-certificates.crt; }

make_debian() {
  [ "$(id -u)" = 0 ] || { echo '装 Debian 12 要有 root。请在这条命令前面加上 sudo 再运行。'; exit 1; }
  command -v debootstrap >/dev/null || { echo '缺 debootstrap。请运行：sudo apt-get install debootstrap'; exit 1; }
  echo '装一个最小的 Debian 12……'
  chmod 755 "$1"
  debootstrap --variant=minbase ${2:+--include="$2"} bookworm "$1" $mirror >"$1.log" 2>&1 ||
    { tail -n 20 "$1.log"; exit 1; }
  [ ${#sources[@]} = 0 ] || rm -f "$1/etc/apt/sources.list"
  copy_into "$1" "${sources[@]}"
  copy_settings "$1"
}
