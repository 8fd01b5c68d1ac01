# 由 make lib（python -m tools.library）生成，请勿手改。
# 要改就改 book/ch5_cnn/ 里标了 #@save 的定义。
# ruff: noqa
"""第 5 章 卷积神经网络：各节保存的函数、类和常数。"""
from mxnet import npx
from mxnet.gluon import nn

__all__ = [
    'Residual',
]


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
        self.conv1 = nn.Conv2D(num_channels, kernel_size=3, padding=1,
                               strides=strides)
        self.conv2 = nn.Conv2D(num_channels, kernel_size=3, padding=1)
        self.conv3 = nn.Conv2D(num_channels, kernel_size=1,
                               strides=strides) if use_1x1conv else None
        self.bn1, self.bn2 = nn.BatchNorm(), nn.BatchNorm()

    def forward(self, X):
        """对形状 (n, c, 高, 宽) 的 `X` 算出块的输出。"""
        Y = npx.relu(self.bn1(self.conv1(X)))
        Y = self.bn2(self.conv2(Y))
        if self.conv3:
            X = self.conv3(X)
        if Y.shape != X.shape:
            raise ValueError(f'捷径是 {X.shape}，主路是 {Y.shape}，'
                             '请写 use_1x1conv=True。')
        return npx.relu(Y + X)
