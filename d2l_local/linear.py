# 由 make lib（python -m tools.extract）生成，请勿手改。
# 要改就改 book/ch2_linear/ 里标了 #@save 的定义。
# ruff: noqa
"""第 2 章 线性神经网络：各节保存的函数、类和常数。"""
import d2l_local as d2l
from mxnet import np, npx
from mxnet.ndarray import from_numpy
import numpy as onp
import sys


# 2.2.2 图像分类数据集，book/ch2_linear/image-dataset.md
def get_fashion_mnist_labels(labels):
    """把 Fashion-MNIST 的数字标签换成英文名字。

    名字和次序照 Xiao、Rasul 和 Vollgraf（2017）的表 2。

    参数：
        labels：整数的序列或一维数组，形状 (n,)，每个在 0 到 9 之间。
    返回：n 个名字的列表。
    异常：
        ValueError：有标签不在 0 到 9 之间。
    出处：2.2.2 图像分类数据集
    """
    text_labels = ['t-shirt', 'trouser', 'pullover', 'dress', 'coat',
                   'sandal', 'shirt', 'sneaker', 'bag', 'ankle boot']
    wrong = [int(i) for i in labels if not 0 <= int(i) < len(text_labels)]
    if wrong:
        raise ValueError(f'标签应在 0 到 9 之间，这里有 {wrong[:5]}。')
    return [text_labels[int(i)] for i in labels]


# 2.2.2 图像分类数据集，book/ch2_linear/image-dataset.md
def show_images(imgs, num_rows, num_cols, titles=None, scale=1.5):
    """把图片排成 `num_rows` 行 `num_cols` 列画出来。

    参数：
        imgs：图片的序列，每张形状 (高, 宽) 或 (高, 宽, 3)；
            MXNet 或 NumPy 数组。
        num_rows、num_cols：行数与列数。
        titles：每张图片的标题，可以不给。
        scale：每格的边长，单位英寸。
    返回：坐标系的一维数组，长度 `num_rows * num_cols`；没有图片的格是空白。
    异常：
        ValueError：图片比格子多。
    出处：2.2.2 图像分类数据集
    """
    if len(imgs) > num_rows * num_cols:
        raise ValueError(
            f'{len(imgs)} 张图片放不进 {num_rows} 行 {num_cols} 列。')
    figsize = (num_cols * scale, num_rows * scale)
    _, axes = d2l.plt.subplots(num_rows, num_cols, figsize=figsize)
    axes = onp.array(axes).flatten()
    for ax in axes:
        ax.axis('off')
    for i, img in enumerate(imgs):
        axes[i].imshow(img.asnumpy() if hasattr(img, 'asnumpy') else img)
        if titles is not None:
            axes[i].set_title(titles[i])
    return axes


# 2.2.2 图像分类数据集，book/ch2_linear/image-dataset.md
def get_dataloader_workers():
    """给出 `DataLoader` 读数据用的进程数：Windows 上是 0，别处是 4。

    返回：整数，可以直接作为 `num_workers`。
    出处：2.2.2 图像分类数据集
    """
    return 0 if sys.platform.startswith('win') else 4


# 2.2.2 图像分类数据集，book/ch2_linear/image-dataset.md
class ArrayLoader:
    """把内存里的一对数组一批一批地读出来，用法同 `gluon.data.DataLoader`。

    参数：
        features：NumPy 数组，形状 (n, ...)，第 0 轴是样本。
        labels：NumPy 数组，形状 (n,)。
        batch_size：批量大小，正整数；最后一批可以小一些。
        shuffle：每遍是否重新打乱；次序由 `numpy.random.seed` 决定。
        transform：对每批特征做的变换，可以不给。
    异常：
        ValueError：样本数与标签数不同，或批量大小不是正整数。
    出处：2.2.2 图像分类数据集
    """
    def __init__(self, features, labels, batch_size, shuffle=False,
                 transform=None):
        if len(features) != len(labels):
            raise ValueError(
                f'有 {len(features)} 个样本，却有 {len(labels)} 个标签。')
        if not isinstance(batch_size, int) or batch_size < 1:
            raise ValueError(f'批量大小应是正整数，这里是 {batch_size!r}。')
        self.features, self.labels = features, labels
        self.batch_size, self.shuffle = batch_size, shuffle
        self.transform = transform or (lambda X: X)

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
        DataError：数据取不来。
    出处：2.2.2 图像分类数据集
    """
    if resize is not None and (not isinstance(resize, int) or resize < 1):
        raise ValueError(f'边长应是正整数，这里是 {resize!r}。')

    def to_resized_tensor(X):
        return npx.image.to_tensor(npx.image.resize(X, size=resize))

    def load(train):
        features, labels = (
            a.asnumpy() for a in d2l.FashionMNIST(train=train)[:])
        transform = to_resized_tensor
        if resize is None:
            features = features.reshape(-1, 1, 28, 28).astype('float32') / 255
            transform = None
        return ArrayLoader(features, labels, batch_size, train, transform)

    return load(train=True), load(train=False)
