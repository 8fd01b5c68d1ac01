"""云端每一页的第一格：`tools.cloud` 把 `prepare` 的原文放进有代码的页，后面接一行调用。

它在读者那里运行，除了 Jupyter 和 pip 什么也不能指望：只用标准库，Python 3.8 也读得懂（好说出要换新的）。
"""


def prepare(needs: dict, oldest: tuple, newest: tuple) -> None:
    import glob, importlib.metadata, importlib.util, os, platform, site, subprocess, sys
    missing = [name for name in needs if not importlib.util.find_spec(name)]
    if not missing:
        return

    class Stopped(Exception):
        def _render_traceback_(self) -> list:  # 只显示这一句话，不显示一长串调用
            return [str(self)]

    here, python = f'{platform.system()} {platform.machine()}', platform.python_version()
    wheels = glob.glob('d2l_local-*.whl') + glob.glob('../d2l_local-*.whl')
    needs['d2l_local'] = max(wheels, key=os.path.getmtime, default=needs['d2l_local'])
    another = f'请换一个 Python 3.{oldest[1]} 到 3.{newest[1]} 的内核或镜像。'
    if here != 'Linux x86_64':
        raise Stopped(f'这里是 {here}，而 MXNet 要 Linux x86_64。请在 Colab 等云端打开这一页。')
    if sys.version_info < oldest:
        raise Stopped(f'这里的 Python {python} 太旧。{another}')
    if not needs['d2l_local']:
        raise Stopped('没有 d2l_local 的安装包。请把 d2l_local-*.whl 放在这一页旁边，再运行这一格。')
    print(f'正在安装 {"、".join(missing)}，约半分钟……', flush=True)
    # MXNet 声明只用旧的 NumPy，其实新的也行，所以这两个不带依赖地装；装别的时写明 NumPy 保持原样。
    alone = [needs[name] for name in missing if name in ('mxnet', 'd2l_local')]
    others = [needs[name] for name in missing if name not in ('mxnet', 'd2l_local')]
    numpy = [f'numpy=={one.version}' for one in importlib.metadata.distributions(name='numpy')][:1]
    for packages in (others and [*others, *numpy], alone and ['--no-deps', *alone]):
        pip = [sys.executable, '-m', 'pip', 'install', '--quiet', '--retries=2', *packages]
        done = subprocess.run(pip if packages else ['true'], stderr=subprocess.PIPE, text=True)
        why = (done.stderr.partition('ERROR: ')[2] or done.stderr).strip().partition('\n')[0]
        if done.returncode and 'onnection' in done.stderr:
            raise Stopped('连不上网。请接通网络（Kaggle 在右边的设置里打开 Internet），再运行这一格。')
        if done.returncode:
            raise Stopped(f'没有装成（{why}）。请新开一个内核再试；还是这样，就换一个镜像。')
    if site.ENABLE_USER_SITE:
        site.addsitedir(site.getusersitepackages())
    importlib.invalidate_caches()
    try:
        for name in ['setuptools'] * ('distutils' in missing) + ['d2l_local']:
            importlib.import_module(name)
    except Exception as error:
        newer = f'Python {python} 还没有试过，{another}' if sys.version_info[:2] > newest else ''
        raise Stopped(f'{error}{newer}') from None
