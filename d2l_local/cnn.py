# 由 make lib（python -m tools.library）生成，请勿手改。
# 要改就改 book/ch5_cnn/ 里标了 #@save 的定义。
# ruff: noqa
"""第 5 章 卷积神经网络：各节保存的函数、类和常数。"""
import numpy as onp

__all__ = [
    'corr2d',
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
    if not (X.ndim == K.ndim == 2 and all(onp.less_equal(K.shape, X.shape))):
        raise ValueError('应是二维的输入和放得进去的核，'
                         f'这里的形状是 {X.shape} 和 {K.shape}。')
    h, w = K.shape
    rows, cols = X.shape[0] - h + 1, X.shape[1] - w + 1
    return sum(K[a, b] * X[a:a + rows, b:b + cols]
               for a in range(h) for b in range(w))
