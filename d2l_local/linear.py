# 由 make lib（python -m tools.library）生成，请勿手改。
# 要改就改 book/ch2_linear/ 里标了 #@save 的定义。
# ruff: noqa
"""第 2 章 线性神经网络：各节保存的函数、类和常数。"""
import itertools
import sys

import numpy as onp
from mxnet import autograd, gluon, np, npx
from mxnet.ndarray import from_numpy

import d2l_local as d2l

__all__ = [
    'Accumulator',
    'Animator',
    'ArrayLoader',
    'accuracy',
    'evaluate_accuracy',
    'get_dataloader_workers',
    'get_fashion_mnist_labels',
    'linreg',
    'load_array',
    'load_data_fashion_mnist',
    'mean_std',
    'predict_ch3',
    'run_seeds',
    'sgd',
    'show_images',
    'squared_loss',
    'synthetic_data',
    'train_ch3',
    'train_epoch_ch3',
]


# 2.1.2 线性回归的从零开始实现，book/ch2_linear/linear-regression-scratch.md
def synthetic_data(w, b, num_examples):
    """生成线性模型的数据：y = Xw + b + 噪声。

    特征来自标准正态分布，噪声来自均值 0、标准差 0.01 的正态分布；
    用 `npx.random.seed` 定下种子，就能得到同样的数据。

    参数：
        w：真实的权重，形状 (d,) 或 (d, 1)，数组或列表。
        b：真实的偏置，一个数。
        num_examples：样本数 n，正整数。
    返回：(X, y)。X 形状 (n, d)，y 形状 (n, 1)，都是 float32。
    出处：2.1.2 线性回归的从零开始实现
    """
    w, b = d2l.check.line(w, b, num_examples)
    X = np.random.normal(0, 1, (num_examples, len(w)))
    y = np.dot(X, w) + b
    y += np.random.normal(0, 0.01, y.shape)
    return X, y.reshape((-1, 1))


# 2.1.2 线性回归的从零开始实现，book/ch2_linear/linear-regression-scratch.md
def linreg(X, w, b):
    """线性回归模型：每个样本的预测是特征的加权和再加偏置。

    参数：
        X：特征，形状 (n, d)。
        w：权重，形状 (d, 1)。
        b：偏置，形状 (1,)，或一个数。
    返回：预测，形状 (n, 1)。
    出处：2.1.2 线性回归的从零开始实现
    """
    d2l.check.linear(X, w, b)
    return np.dot(X, w) + b


# 2.1.2 线性回归的从零开始实现，book/ch2_linear/linear-regression-scratch.md
def squared_loss(y_hat, y):
    """平方损失，每个样本一个值，已乘 1/2。

    参数：
        y_hat：预测，形状 (n, 1) 或 (n,)。
        y：标签，元素个数与 `y_hat` 相同；形状不同时，
            改成 `y_hat` 的形状再相减。
    返回：与 `y_hat` 同形状的数组，没有求平均。
    异常：
        ValueError：元素个数不同。
    出处：2.1.2 线性回归的从零开始实现
    """
    y_hat, y = d2l.check.same_size(y_hat, y)
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


# 2.1.2 线性回归的从零开始实现，book/ch2_linear/linear-regression-scratch.md
def sgd(params, lr, batch_size):
    """小批量随机梯度下降：把每个参数沿梯度的反方向移动一步。

    损失按样本求和再反向传播，梯度就是各样本的梯度之和，
    所以要除以批量大小。

    参数：
        params：参数的列表，每个都调用过 `attach_grad`，
            并且已经反向传播。
        lr：学习率，正数。
        batch_size：这一批真正的样本数 `X.shape[0]`。
    出处：2.1.2 线性回归的从零开始实现
    """
    d2l.check.step(params, lr, batch_size)
    for param in params:
        param -= lr * param.grad / batch_size


# 2.1.3 线性回归的简洁实现，book/ch2_linear/linear-regression-concise.md
def load_array(data_arrays, batch_size, is_train=True):
    """把几个数组包成一批一批读取的 Gluon 数据迭代器。

    参数：
        data_arrays：数组的序列，第 0 轴长度相同，如 (X, y)。
        batch_size：批量大小，正整数；最后一批可以小一些。
        is_train：是否每遍重新打乱；次序由 `numpy.random.seed` 决定。
    返回：`gluon.data.DataLoader`，每批是各数组相应的行。
    异常：
        ValueError：各数组的样本数不同，是空的，或批量大小不是正整数。
    出处：2.1.3 线性回归的简洁实现
    """
    d2l.check.arrays(data_arrays, batch_size)
    dataset = gluon.data.ArrayDataset(*data_arrays)
    return gluon.data.DataLoader(dataset, batch_size, shuffle=is_train)


# 2.2.2 图像分类数据集，book/ch2_linear/image-dataset.md
def get_fashion_mnist_labels(labels):
    """把 Fashion-MNIST 的数字标签换成英文名字。

    名字与 d2l 包相同；数据集自己的写法是 T-shirt/top、Trouser……Ankle boot。

    参数：
        labels：整数的序列或一维数组，形状 (n,)，每个在 0 到 9 之间。
    返回：n 个名字的列表。
    异常：
        ValueError：有标签不是整数，或不在 0 到 9 之间。
    出处：2.2.2 图像分类数据集
    """
    text_labels = ['t-shirt', 'trouser', 'pullover', 'dress', 'coat',
                   'sandal', 'shirt', 'sneaker', 'bag', 'ankle boot']
    # 列表接受负的下标，不查的话，标签 -1 会变成 ankle boot
    labels = d2l.check.labels(labels, len(text_labels))
    return [text_labels[i] for i in labels]


# 2.2.2 图像分类数据集，book/ch2_linear/image-dataset.md
def show_images(imgs, num_rows, num_cols, titles=None, scale=1.5):
    """把图片排成 `num_rows` 行 `num_cols` 列画出来。

    参数：
        imgs：图片的序列，每张形状 (高, 宽) 或 (高, 宽, 3)，
            通道在最前面也行；MXNet 或 NumPy 数组。
        num_rows、num_cols：行数与列数。
        titles：每张图片的标题，与图片一样多；可以不给。
        scale：每格的边长，单位英寸。
    返回：坐标系的一维数组，长度 `num_rows * num_cols`；没有图片的格是空白。
    异常：
        ValueError：图片比格子多，形状不对，或标题与图片不一样多。
    出处：2.2.2 图像分类数据集
    """
    imgs = d2l.check.images(imgs, num_rows, num_cols, titles, scale)
    figsize = (num_cols * scale, num_rows * scale)
    _, axes = d2l.plt.subplots(num_rows, num_cols, figsize=figsize)
    axes = onp.array(axes).flatten()
    for ax in axes:
        ax.axis('off')
    for i, img in enumerate(imgs):
        axes[i].imshow(img)
        if titles is not None:
            axes[i].set_title(titles[i])
    return axes


# 2.2.2 图像分类数据集，book/ch2_linear/image-dataset.md
class ArrayLoader:
    """把内存里的一对数组一批一批地读出来，用法同 `gluon.data.DataLoader`。

    参数：
        features：NumPy 或 MXNet 数组，形状 (n, ...)，第 0 轴是样本。
        labels：NumPy 或 MXNet 数组，形状 (n,)。
        batch_size：批量大小，正整数；最后一批可以小一些。
        shuffle：每遍是否重新打乱；次序由 `numpy.random.seed` 决定。
        transform：对每批特征做的变换，可以不给。
    异常：
        ValueError：样本数与标签数不同，一个也没有，或批量大小不是正整数。
    出处：2.2.2 图像分类数据集
    """
    def __init__(self, features, labels, batch_size, shuffle=False,
                 transform=None):
        self.batch_size, self.shuffle = batch_size, shuffle
        self.transform = transform or (lambda X: X)
        self.features, self.labels = d2l.check.samples(
            features, labels, batch_size, self.transform)

    def __len__(self):
        return -(-len(self.labels) // self.batch_size)

    def __iter__(self):
        order = onp.arange(len(self.labels))
        if self.shuffle:
            onp.random.shuffle(order)
        for start in range(0, len(order), self.batch_size):
            chosen = order[start:start + self.batch_size]
            X, y = (from_numpy(array[chosen], array_cls=np.ndarray)
                    for array in (self.features, self.labels))
            yield self.transform(X), y


# 2.2.2 图像分类数据集，book/ch2_linear/image-dataset.md
def load_data_fashion_mnist(batch_size, resize=None):
    """读取 Fashion-MNIST，返回训练集和测试集的数据迭代器。

    参数：
        batch_size：批量大小，正整数。
        resize：缩放后的边长（像素），正整数；None 表示保持 28。
    返回：(train_iter, test_iter)。每批 X 形状 (批量, 1, 边长, 边长)，float32，
        0 到 1；y 形状 (批量,)，int32。训练集每遍打乱，测试集不打乱。
    异常：
        ValueError：批量大小或边长不是正整数。
        RuntimeError：没有调用 `npx.set_np()`。
        DataError：数据取不来。
    出处：2.2.2 图像分类数据集
    """
    resize = d2l.check.reading(batch_size, resize)

    def to_resized_tensor(X):
        return npx.image.to_tensor(npx.image.resize(X, size=resize))

    def load(train):
        features, labels = (
            a.asnumpy() for a in d2l.FashionMNIST(train=train)[:])
        if resize is not None:
            return ArrayLoader(features, labels, batch_size, train,
                               to_resized_tensor)
        features = features.reshape(-1, 1, 28, 28).astype('float32') / 255
        return ArrayLoader(features, labels, batch_size, train)

    return load(train=True), load(train=False)


# 2.2.2 图像分类数据集，book/ch2_linear/image-dataset.md
def get_dataloader_workers():
    """给出 `DataLoader` 读数据用的进程数：Windows 上是 0，别处是 4。

    返回：整数，可以直接作为 `num_workers`。
    出处：2.2.2 图像分类数据集
    """
    return 0 if sys.platform.startswith('win') else 4


# 2.2.3 softmax 回归的从零开始实现，book/ch2_linear/softmax-regression-scratch.md
def accuracy(y_hat, y):
    """数出预测对了的样本个数（个数，不是比例）。

    参数：
        y_hat：形状 (n, q) 时，每行是一个样本的 q 个 logit 或概率，
            预测为最大的那一类；形状 (n,) 或 (n, 1) 时就是预测的类别。
        y：标签，n 个整数。
    返回：预测对了的个数，浮点数。
    异常：
        ValueError：样本数与标签数不同，类别或标签不是整数，
            或有标签不在 0 到 q - 1 之间。
        FloatingPointError：预测里有 nan。
    出处：2.2.3 softmax 回归的从零开始实现
    """
    # 取成 NumPy 数组再比：更快，也能比较 int64 和 int32
    y_hat, labels = d2l.check.predictions(y_hat, y)
    if y_hat.ndim > 1 and y_hat.shape[1] > 1:
        y_hat = y_hat.argmax(axis=1)
    return float((y_hat.reshape(-1) == labels).sum())


# 2.2.3 softmax 回归的从零开始实现，book/ch2_linear/softmax-regression-scratch.md
class Accumulator:
    """同时累加 n 个数。

    参数：
        n：要累加几个数，正整数。
    异常：
        ValueError：n 不是正整数，或 `add` 给的数不是 n 个。
    出处：2.2.3 softmax 回归的从零开始实现
    """
    def __init__(self, n):
        self.data = [0.0] * d2l.check.whole('n ', n)

    def add(self, *args):
        """给各个和依次加上一个数。"""
        args = d2l.check.numbers(args, len(self.data))
        self.data = [a + b for a, b in zip(self.data, args, strict=True)]

    def reset(self):
        """各个和都回到 0。"""
        self.data = [0.0] * len(self.data)

    def __getitem__(self, idx):
        return self.data[idx]


# 2.2.3 softmax 回归的从零开始实现，book/ch2_linear/softmax-regression-scratch.md
def evaluate_accuracy(net, data_iter):
    """计算模型在一个数据集上的精度。

    参数：
        net：模型，把 X 变成形状 (批量, q) 的输出。
        data_iter：数据迭代器，每批是 (X, y)。
    返回：精度，预测对了的个数除以总数，0 到 1。
    异常：
        ValueError：一批数据也没有，或标签不合模型的输出。
        FloatingPointError：预测里有 nan。
    出处：2.2.3 softmax 回归的从零开始实现
    """
    metric = Accumulator(2)  # 预测对了的个数、总数
    for X, y in d2l.check.batches(net, data_iter):
        metric.add(accuracy(net(X), y), y.size)
    return metric[0] / metric[1]


# 2.2.3 softmax 回归的从零开始实现，book/ch2_linear/softmax-regression-scratch.md
def train_epoch_ch3(net, train_iter, loss, updater):
    """把训练数据过一遍，每批更新一次参数。

    参数：
        net：模型，把 X 变成形状 (批量, q) 的输出。
        train_iter：训练数据迭代器，每批是 (X, y)。
        loss：损失函数，`loss(y_hat, y)` 给每个样本一个值。
        updater：`gluon.Trainer`，或以批量大小为参数的更新函数。
    返回：(平均损失, 精度)，都在更新参数以前的每一批上算。
    异常：
        TypeError：`updater` 既不是 Trainer 也不是函数。
        ValueError：一批数据也没有，标签不合模型的输出，
            或损失不是每个样本一个值。
        FloatingPointError：损失成了 nan 或无穷大。
    出处：2.2.3 softmax 回归的从零开始实现
    """
    d2l.check.updater(updater, loss)
    update = updater.step if isinstance(updater, gluon.Trainer) else updater
    metric = Accumulator(3)  # 损失之和、预测对了的个数、样本数
    batches = d2l.check.batches(net, train_iter, '训练数据迭代器')
    for i, (X, y) in enumerate(batches, 1):
        with autograd.record():
            y_hat = net(X)
            l = loss(y_hat, y)
        d2l.check.batch(i, y_hat, y, l)
        l.backward()
        update(X.shape[0])
        metric.add(l.sum(), accuracy(y_hat, y), y.size)
    return metric[0] / metric[2], metric[1] / metric[2]


# 2.2.3 softmax 回归的从零开始实现，book/ch2_linear/softmax-regression-scratch.md
class Animator:
    """边训练边画曲线：在 Jupyter 里每加一次点就重画，执行完只留一张图。

    参数：
        xlabel、ylabel、legend、xlim、ylim、xscale、yscale：见 `set_axes`。
        fmts：各条曲线的格式（颜色与线型），用完从头再用。
        nrows、ncols：坐标系的行数与列数；曲线画在第一个里。
        figsize：（宽, 高），单位英寸。
    出处：2.2.3 softmax 回归的从零开始实现
    """
    def __init__(self, xlabel=None, ylabel=None, legend=None, xlim=None,
                 ylim=None, xscale='linear', yscale='linear',
                 fmts=('-', 'm--', 'g-.', 'r:'), nrows=1, ncols=1,
                 figsize=(3.5, 2.5)):
        fmts = d2l.check.figure(nrows, ncols, figsize, fmts)
        d2l.use_svg_display()
        self.fig, axes = d2l.plt.subplots(
            nrows, ncols, figsize=figsize, squeeze=False)
        self.axes = axes.flatten().tolist()
        self.config_axes = lambda: d2l.set_axes(
            self.axes[0], xlabel, ylabel, xlim, ylim, xscale, yscale, legend)
        self.X, self.Y, self.fmts = [], [], fmts
        # 有人看着时是可以更新插图的把手，否则是 None
        self.handle = d2l.show_live(self.fig)

    def add(self, x, y):
        """给各条曲线各加一个点，并重画；某条的 x 或 y 是 None 就不加。"""
        x, y = d2l.check.points(x, y, len(self.X))
        if not self.X:
            self.X, self.Y = ([[] for _ in y] for _ in range(2))
        for i, (a, b) in enumerate(zip(x, y, strict=True)):
            if a is not None and b is not None:
                self.X[i].append(a)
                self.Y[i].append(b)
        self.axes[0].cla()
        fmts = itertools.cycle(self.fmts)
        for xs, ys, fmt in zip(self.X, self.Y, fmts, strict=False):
            self.axes[0].plot(xs, ys, fmt)
        self.config_axes()
        if self.handle is not None:
            self.handle.update(self.fig)


# 2.2.3 softmax 回归的从零开始实现，book/ch2_linear/softmax-regression-scratch.md
def train_ch3(net, train_iter, test_iter, loss, num_epochs, updater):
    """训练分类模型，边训练边画损失和精度，最后打印一行结果。

    参数：
        net：模型，把 X 变成形状 (批量, q) 的输出。
        train_iter、test_iter：训练和测试数据迭代器，能反复遍历。
        loss：损失函数，`loss(y_hat, y)` 给每个样本一个值。
        num_epochs：迭代周期数，正整数。
        updater：`gluon.Trainer`，或以批量大小为参数的更新函数。
    异常：
        ValueError：迭代周期数不是正整数，数据迭代器是空的或只能
            遍历一次，标签不合模型的输出，或损失不是每个样本一个值。
        TypeError：`updater` 既不是 Trainer 也不是函数。
        FloatingPointError：损失成了 nan 或无穷大。
    出处：2.2.3 softmax 回归的从零开始实现
    """
    d2l.check.whole('迭代周期数', num_epochs)
    # 先评估一遍：测试数据有错，现在就报，不等训练完一个周期
    evaluate_accuracy(net, test_iter)
    animator = Animator(
        xlabel='迭代周期', xlim=[1, max(num_epochs, 2)],
        legend=['训练损失', '训练精度', '测试精度'])
    for epoch in range(1, num_epochs + 1):
        with d2l.check.epoch(epoch):
            train_metrics = train_epoch_ch3(net, train_iter, loss, updater)
        test_acc = evaluate_accuracy(net, test_iter)
        animator.add(epoch, train_metrics + (test_acc,))
    train_loss, train_acc = train_metrics
    print(f'训练损失 {train_loss:.3f}，训练精度 {train_acc:.3f}，'
          f'测试精度 {test_acc:.3f}')


# 2.2.3 softmax 回归的从零开始实现，book/ch2_linear/softmax-regression-scratch.md
def run_seeds(run, num_seeds=5):
    """用种子 0、1、2…各运行一次 `run(seed)`，返回各次结果的数组。

    每次之前 MXNet 与 NumPy 的随机数都从这个种子开始。

    参数：
        run：函数，取种子（整数），返回一个数，或一组同样多的数。
        num_seeds：运行几次，正整数。
    返回：NumPy 数组，形状为 (num_seeds,)；`run` 返回一组数时，最后还有一个轴。
    出处：2.2.3 softmax 回归的从零开始实现
    """
    d2l.check.action(run, '种子的个数', num_seeds)
    results = []
    for seed in range(num_seeds):
        npx.random.seed(seed)
        onp.random.seed(seed)
        results.append(run(seed))
    return d2l.check.results(results)


# 2.2.3 softmax 回归的从零开始实现，book/ch2_linear/softmax-regression-scratch.md
def mean_std(values, digits=3):
    """写成“平均数 ± 标准差”。

    参数：
        values：一维数组，至少两个数；标准差的分母是个数减 1。
        digits：小数点后保留几位。
    返回：字符串。
    出处：2.2.3 softmax 回归的从零开始实现
    """
    values = d2l.check.sample(values, digits)
    return (f'{onp.mean(values):.{digits}f} ± '
            f'{onp.std(values, ddof=1):.{digits}f}')


# 2.2.3 softmax 回归的从零开始实现，book/ch2_linear/softmax-regression-scratch.md
def predict_ch3(net, test_iter, n=6):
    """画出测试集的前 n 张图片，标题上一行是标签，下一行是预测。

    参数：
        net：模型，把 X 变成形状 (批量, 10) 的输出。
        test_iter：Fashion-MNIST 的测试数据迭代器。
        n：图片张数，正整数，不超过一批的大小。
    异常：
        ValueError：n 不是正整数，或超过一批的大小。
    出处：2.2.3 softmax 回归的从零开始实现
    """
    X, y = d2l.check.first(net, test_iter, n)
    trues = get_fashion_mnist_labels(y)
    preds = get_fashion_mnist_labels(
        d2l.check.scores(net(X)).argmax(axis=1))
    titles = [f'{true}\n{pred}'
              for true, pred in zip(trues, preds, strict=True)]
    show_images(X, 1, n, titles=titles)
