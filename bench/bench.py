"""量速度，并排打印：读 Fashion-MNIST，训练（d2l 0.17.6、本书、只做矩阵乘法），建网站和快速检查。

    python -m bench.bench        （make bench）

每个数是几次里的中位数，单位秒；线程和指令集按 tools.runtime 固定。d2l 0.17.6 不带依赖装进 _build/peer，
它的数据也由本书的 `FashionMNIST` 给出（它原来的下载地址已经停用），所以比的只是读法。
"""
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from types import ModuleType

from bench.peer import load_peer
from tools import runtime
from tools.book import ROOT, pages
from tools.report import run_tool

BATCH_SIZE, NUM_HIDDENS, REPEATS = 256, 256, 3
GOALS = {'读一遍': 1 / 20, '读并训练': 1 / 4, '2.2.3 节': 1 / 4}
GOAL_OVER_PRODUCTS = 2.5


def median_seconds(action: Callable[[], object], repeats: int = REPEATS) -> float:
    action()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def read(data_iter: Iterable) -> None:
    from mxnet import npx
    for _ in data_iter:
        continue
    npx.waitall()


def training_epoch(data_iter: Iterable) -> Callable[[], None]:
    """返回一个函数：用一个隐藏层的多层感知机训练一个迭代周期。"""
    from mxnet import autograd, gluon, init, npx
    net = gluon.nn.Sequential()
    net.add(gluon.nn.Dense(NUM_HIDDENS, activation='relu'), gluon.nn.Dense(10))
    net.initialize(init.Normal(sigma=0.01))
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.1})

    def epoch():
        for X, y in data_iter:
            with autograd.record():
                batch_loss = loss(net(X), y)
            batch_loss.backward()
            trainer.step(X.shape[0])
        npx.waitall()

    return epoch


def softmax_epoch(lib: ModuleType, data_iter: Iterable) -> Callable[[], object]:
    """返回一个函数：照 2.2.3 节从零写的 softmax 回归，用 `lib` 的函数训练一个迭代周期。"""
    from mxnet import np, npx
    W, b = np.random.normal(0, 0.01, (784, 10)), np.zeros(10)
    for param in (W, b):
        param.attach_grad()

    def net(X):
        exp = np.exp(np.dot(X.reshape((-1, 784)), W) + b)
        return exp / exp.sum(axis=1, keepdims=True)

    def cross_entropy(y_hat, y):
        return -np.log(npx.pick(y_hat, y))

    def updater(batch_size):
        lib.sgd([W, b], 0.1, batch_size)

    return lambda: lib.train_epoch_ch3(net, data_iter, cross_entropy, updater)


def bare_products() -> Callable[[], None]:
    """同一个多层感知机一个迭代周期里的五次矩阵乘法，只用 NumPy。"""
    import numpy
    random = numpy.random.RandomState(0)
    X, hidden, output = (random.rand(BATCH_SIZE, n).astype('float32')
                         for n in (784, NUM_HIDDENS, 10))
    W1, W2 = (random.rand(*shape).astype('float32')
              for shape in ((784, NUM_HIDDENS), (NUM_HIDDENS, 10)))

    def epoch():
        for _ in range(-(-60000 // BATCH_SIZE)):
            X @ W1, hidden @ W2, hidden.T @ output, output @ W2.T, X.T @ hidden

    return epoch


def bench_data() -> None:
    import d2l_local as d2l
    from mxnet import npx

    npx.set_np()
    peer = load_peer()
    libraries = {'d2l 0.17.6': peer, '本书': d2l}
    products = median_seconds(bare_products())
    print(f'一个迭代周期（60000 张，批量 {BATCH_SIZE}，单线程，{REPEATS} 次的中位数，秒）')
    print(f'{"":14}{"读一遍":>10}{"读并训练":>10}{"2.2.3 节":>12}')
    rows = {}
    for name, lib in libraries.items():
        loader = lib.load_data_fashion_mnist(BATCH_SIZE)[0]
        rows[name] = {
            '读一遍': median_seconds(partial(read, loader)),
            '读并训练': median_seconds(training_epoch(loader)),
            '2.2.3 节': median_seconds(softmax_epoch(lib, loader)),
        }
        print(f'{name:14}' + ''.join(f'{seconds:>14.3f}' for seconds in rows[name].values()))
    print(f'{"只做矩阵乘法":10}{products:>24.3f}')
    for what, goal in GOALS.items():
        ratio = rows['本书'][what] / rows['d2l 0.17.6'][what]
        print(f'{what}：本书是 d2l 的 1/{1 / ratio:.1f}（目标 ≤ 1/{1 / goal:.0f}）'
              f'{"达到" if ratio <= goal else "没有达到"}')
    ratio = rows['本书']['读并训练'] / products
    print(f'读并训练：是只做矩阵乘法的 {ratio:.2f} 倍（目标 ≤ {GOAL_OVER_PRODUCTS}）'
          f'{"达到" if ratio <= GOAL_OVER_PRODUCTS else "没有达到"}')


def run_seconds(module: str) -> str:
    start = time.perf_counter()
    done = subprocess.run([sys.executable, '-m', module], cwd=ROOT, capture_output=True)
    note = '' if done.returncode == 0 else '（没有通过）'
    return f'{time.perf_counter() - start:.1f} 秒{note}'


def bench_site() -> None:
    shutil.rmtree(ROOT / '_build' / 'html', ignore_errors=True)
    shutil.rmtree(ROOT / '_build' / '.doctrees', ignore_errors=True)
    print(f'从头建网站（{len(pages())} 页）：{run_seconds("tools.site")}')
    pages()[-1].notebook.touch()
    print(f'改一页再建：{run_seconds("tools.site")}')
    print(f'快速检查：{run_seconds("tools.checks")}')


def main(argv: Sequence[str] = ()) -> int:
    runtime.pin()
    bench_data()
    bench_site()
    return 0


if __name__ == '__main__':
    # 固定的环境变量要在导入 NumPy 以前生效。
    raise SystemExit(run_tool(main))
