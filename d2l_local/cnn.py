# 由 make lib（python -m tools.library）生成，请勿手改。
# 要改就改 book/ch5_cnn/ 里标了 #@save 的定义。
# ruff: noqa
"""第 5 章 卷积神经网络：各节保存的函数、类和常数。"""
from mxnet import autograd, gluon, init, npx
from mxnet.gluon import nn

import d2l_local as d2l

__all__ = [
    'Residual',
    'corr2d',
    'evaluate_accuracy_gpu',
    'train_ch6',
]


# 5.2 图像卷积，book/ch5_cnn/image-convolution.md
def corr2d(X, K):
    """二维互相关：核 `K` 在 `X` 上逐格滑动，按位置相乘再求和。

    写成切片的加权和，所以对 `X` 和 `K` 都能求导。

    参数：
        X：输入，形状 (n_h, n_w)。
        K：卷积核，形状 (k_h, k_w)，不能比 `X` 大。
    返回：形状 (n_h - k_h + 1, n_w - k_w + 1) 的数组。
    异常：
        ValueError：有一个不是二维的，或核比输入大。
    出处：5.2 图像卷积
    """
    X, K = d2l.check.kernel(X, K)
    h, w = K.shape
    rows, cols = X.shape[0] - h + 1, X.shape[1] - w + 1
    return sum(K[a, b] * X[a:a + rows, b:b + cols]
               for a in range(h) for b in range(w))


# 5.6 卷积神经网络（LeNet），book/ch5_cnn/lenet.md
def evaluate_accuracy_gpu(net, data_iter, device=None):
    """计算模型在一个数据集上的精度，在模型所在的设备上算。

    参数：
        net：已经初始化的块，把 X 变成形状 (批量, q) 的输出。
        data_iter：数据迭代器，每批是 (X, y)。
        device：设备；None 是第一个参数所在的设备。
    返回：精度，预测对了的个数除以总数，0 到 1。
    异常：
        ValueError：一批数据也没有，或标签不合模型的输出。
    出处：5.6 卷积神经网络（LeNet）
    """
    device = d2l.check.block(net, device)
    return d2l.evaluate_accuracy(net, (
        (X.as_in_ctx(device), y.as_in_ctx(device))
        for X, y in d2l.check.batches(net, data_iter)))


# 5.6 卷积神经网络（LeNet），book/ch5_cnn/lenet.md
def train_ch6(net, train_iter, test_iter, num_epochs, lr, device):
    """在一个设备上从头训练分类模型，边训练边画损失和精度。

    先用 Xavier 重新初始化，原有的参数会丢掉；用随机梯度下降和交叉熵。
    最后打印一行结果、一行每个迭代周期的时间。

    参数：
        net：块，把 X 变成形状 (批量, q) 的输出。
        train_iter、test_iter：训练和测试数据迭代器，能反复遍历，
            训练的还要有 `len`。
        num_epochs：迭代周期数，正整数。
        lr：学习率。
        device：设备，如 `d2l.try_gpu()`。
    异常：
        ValueError：迭代周期数不是正整数，数据迭代器是空的，
            或标签不合模型的输出。
        FloatingPointError：损失成了 nan 或无穷大。
    出处：5.6 卷积神经网络（LeNet）
    """
    d2l.check.training(net, train_iter, num_epochs, lr, device)
    net.initialize(force_reinit=True, ctx=device, init=init.Xavier())
    # 先评估一遍：测试数据有错，现在就报
    evaluate_accuracy_gpu(net, test_iter, device)
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), 'sgd',
                            {'learning_rate': lr})
    animator = d2l.Animator(xlabel='迭代周期', xlim=[0, num_epochs],
                            legend=['训练损失', '训练精度', '测试精度'])
    timer, num_batches = d2l.Timer(), len(train_iter)
    for epoch in range(num_epochs):
        metric = d2l.Accumulator(3)  # 损失之和、预测对了的个数、样本数
        batches = d2l.check.batches(net, train_iter, '训练数据迭代器')
        for i, (X, y) in enumerate(batches, 1):
            timer.start()
            X, y = X.as_in_ctx(device), y.as_in_ctx(device)
            with autograd.record():
                y_hat = net(X)
                l = loss(y_hat, y)
            with d2l.check.epoch(epoch + 1):
                d2l.check.batch(i, y_hat, y, l)
            l.backward()
            trainer.step(X.shape[0])
            metric.add(l.sum(), d2l.accuracy(y_hat, y), X.shape[0])
            timer.stop()
            train_l, train_acc = (metric[k] / metric[2] for k in (0, 1))
            if i % max(1, num_batches // 5) == 0 or i == num_batches:
                animator.add(epoch + i / num_batches,
                             (train_l, train_acc, None))
        test_acc = evaluate_accuracy_gpu(net, test_iter, device)
        animator.add(epoch + 1, (None, None, test_acc))
    print(f'训练损失 {train_l:.3f}，训练精度 {train_acc:.3f}，'
          f'测试精度 {test_acc:.3f}')
    print(f'每个迭代周期 {timer.sum() / num_epochs:.1f} 秒，在 {device} 上')


# 5.7 批量归一化和残差：一个小的现代网络，book/ch5_cnn/batch-norm-residual.md
class Residual(nn.Block):
    """残差块：两个 3×3 的卷积，各跟着批量归一化，再加上输入。

    参数：
        num_channels：输出的通道数，正整数。
        use_1x1conv：捷径上放不放 1×1 的卷积；输出与输入的
            形状不同时要放。
        strides：第一个卷积和捷径上的卷积的步幅，正整数。
        **kwargs：交给 `nn.Block` 的参数，如 `prefix`。
    异常：
        ValueError：输入与输出的形状不同，又没有 1×1 的卷积。
    出处：5.7 批量归一化和残差：一个小的现代网络
    """
    def __init__(self, num_channels, use_1x1conv=False, strides=1, **kwargs):
        super().__init__(**kwargs)
        d2l.check.convolution(num_channels, strides)
        self.conv1 = nn.Conv2D(num_channels, kernel_size=3, padding=1,
                               strides=strides)
        self.conv2 = nn.Conv2D(num_channels, kernel_size=3, padding=1)
        self.conv3 = nn.Conv2D(num_channels, kernel_size=1,
                               strides=strides) if use_1x1conv else None
        self.bn1, self.bn2 = nn.BatchNorm(), nn.BatchNorm()

    def forward(self, X):
        """对形状 (n, c, 高, 宽) 的 `X` 算出块的输出。"""
        d2l.check.batch_of_images(X)
        Y = npx.relu(self.bn1(self.conv1(X)))
        Y = self.bn2(self.conv2(Y))
        if self.conv3:
            X = self.conv3(X)
        d2l.check.shortcut(X, Y)
        return npx.relu(Y + X)
