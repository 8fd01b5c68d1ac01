"""《动手学深度学习》的 d2l 包 0.17.6 版：装好并导入它，以及本书的同名函数、类与它有意的不同。

它不带依赖装进 _build/peer，只供 tools.bench 和 tests/test_parity.py 对照，本书的页面不用它。
"""
import subprocess
import sys

from tools.pages import ROOT

PEER, FOLDER = 'd2l==0.17.6', ROOT / '_build' / 'peer'

# 名字 → [(d2l 0.17.6 怎样, 本书怎样)]。每一条都由 tests/test_parity.py 里的一个演示证明；没有列出的，
# 签名相同，同样的输入得到同样的数。API 页上的表由此生成。
DIFFERENCES = {
    'use_svg_display': [
        ('SVG 里有日期，同样的图每次字节不同', '没有日期，同样的图字节相同')],
    'set_axes': [
        ('连续调用两次，网格消失', '网格总是画上')],
    'plot': [
        ('最多画 4 条曲线，多的不画', '曲线多于格式时，格式从头再用'),
        ('横纵坐标条数不同时，多的不画', '抛出 ValueError')],
    'Timer': [
        ('不能用在 `with` 里', '可以写 `with Timer() as timer:`'),
        ('没有开始就 `stop` 也记一次', '抛出 RuntimeError')],
    'get_fashion_mnist_labels': [
        ('标签 -1 得到 ankle boot', '标签不在 0 到 9 之间时抛出 ValueError')],
    'show_images': [
        ('图片多于格子时，多的不画', '抛出 ValueError'),
        ('1 行 1 列时出错', '照常画出')],
    'load_data_fashion_mnist': [
        ('返回 Gluon 的 `DataLoader`，每遍逐张变换', '返回 `ArrayLoader`，数组放在内存里，批量的内容相同')],
    'squared_loss': [
        ('元素个数不同时，由 `reshape` 报英文的错', '抛出中文的 ValueError')],
    'load_array': [
        ('各数组长度不同时抛出 AssertionError', '抛出中文的 ValueError')],
    'accuracy': [
        ('`y_hat` 形状 (n, 1) 时广播成 (n, n)，数错', '逐个样本比较'),
        ('标签是 uint8 时，个数超过 255 就溢出', '不溢出'),
        ('标签超出范围时算作预测错', '抛出 ValueError')],
    'Accumulator': [
        ('`add` 的个数不对时，多的丢掉', '抛出 ValueError')],
    'evaluate_accuracy': [
        ('没有数据时抛出 ZeroDivisionError', '抛出说明原因的 ValueError')],
    'train_epoch_ch3': [
        ('损失已经求过平均时照样训练，步子小得多', '抛出 ValueError'),
        ('损失成了 nan 以后继续训练', '抛出 FloatingPointError，说明是第几批')],
    'Animator': [
        ('每加一次点就画一次', '有人看着时才逐次重画，执行完留一张图'),
        ('最多画 4 条曲线', '格式从头再用')],
    'train_ch3': [
        ('结束时断言训练损失小于 0.5、精度大于 0.7', '没有断言：训练得不好也是结果'),
        ('图的纵轴固定在 0.3 到 0.9，轴和图例是英文', '纵轴随数据，轴和图例是中文，最后打印一行结果'),
        ('测试数据有错，训练完一个迭代周期才发现', '开始时先评估一遍，马上发现')],
    'predict_ch3': [
        ('只能画 28×28 的图片', '边长随数据'),
        ('n 大于一批的大小时，由 `reshape` 报英文的错', '抛出中文的 ValueError')],
    'evaluate_loss': [
        ('没有数据时抛出 ZeroDivisionError', '抛出说明原因的 ValueError'),
        ('标签少一个轴时广播成 (n, n)，平均的是错的数', '抛出 ValueError')],
    'download': [
        ('文件放在 `../data`', '放在用户的缓存文件夹，从哪个文件夹运行都一样'),
        ('没有登记的名字抛出 AssertionError', '抛出说明办法的 DataError'),
        ('不管下载的内容对不对', 'SHA-1 相符才放好')],
    'download_extract': [
        ('压缩包里的路径可以写到文件夹外面', '拒绝这样的压缩包')],
    'download_all': [
        ('没有返回值', '返回 {名字: 路径}')],
}


def load_peer():
    """返回 d2l 0.17.6 的 mxnet 模块；它读的 Fashion-MNIST 换成本书的（原来的下载地址已经停用）。"""
    if not (FOLDER / 'd2l').exists():
        subprocess.run([sys.executable, '-m', 'pip', 'install', '--quiet', '--no-deps',
                        '--disable-pip-version-check', '--target', FOLDER, PEER], check=True)
    import d2l_local
    from mxnet import gluon

    gluon.data.vision.FashionMNIST = d2l_local.FashionMNIST
    sys.path.insert(0, str(FOLDER))
    try:
        from d2l import mxnet as peer
    finally:
        sys.path.remove(str(FOLDER))
    return peer
