"""5.6 节保存的函数：在设备上评估和训练。"""
import d2l_local as d2l
import numpy
import pytest
from mxnet import np, npx
from mxnet.gluon import nn

pytestmark = pytest.mark.usefixtures('np_mode')


def stripes(n=60, batch_size=10):
    """左半边亮的图片标签是 1，右半边亮的是 0。"""
    random = numpy.random.RandomState(0)
    labels = random.randint(0, 2, n).astype('int32')
    pixels = 0.1 * random.rand(n, 1, 8, 8)
    pixels[labels == 1, :, :, :4] += 1
    pixels[labels == 0, :, :, 4:] += 1
    return [(np.array(pixels[i:i + batch_size], dtype='float32'),
             np.array(labels[i:i + batch_size], dtype='int32')) for i in range(0, n, batch_size)]


def conv_net():
    net = nn.Sequential()
    net.add(nn.Conv2D(4, 3, activation='relu'), nn.MaxPool2D(2), nn.Dense(2))
    return net


@pytest.mark.parametrize('device', [None, npx.cpu(1)])
def test_data_follow_the_net_to_its_device(device):
    net = nn.Dense(2)
    net.initialize(ctx=npx.cpu(1))
    seen = []
    net.register_forward_pre_hook(lambda block, inputs: seen.append(inputs[0].ctx))
    d2l.evaluate_accuracy_gpu(net, stripes(), device)
    assert set(seen) == {npx.cpu(1)} and len(seen) == 6


def test_accuracy_weighs_by_samples():
    net = nn.Dense(2)
    net.initialize()
    batches = stripes(n=25)
    assert d2l.evaluate_accuracy_gpu(net, batches) == d2l.evaluate_accuracy(net, batches)


@pytest.mark.parametrize('batches, match', [
    ([], '一批数据也没有给出'), ([(np.zeros((2, 3)), np.array([0, 2]))], '标签应在 0 到 1 之间')])
def test_evaluation_refuses(batches, match):
    net = nn.Dense(2)
    net.initialize()
    with pytest.raises(ValueError, match=match):
        d2l.evaluate_accuracy_gpu(net, batches)


@pytest.mark.parametrize('num_batches', [1, 6])
def test_training_learns_starts_afresh_and_prints_two_lines(capsys, num_batches):
    npx.random.seed(0)
    net, batches = conv_net(), stripes()[:num_batches]
    net.initialize()
    net(batches[0][0])
    net[2].weight.set_data(np.full(net[2].weight.shape, float('nan')))
    assert d2l.train_ch6(net, batches, stripes(), 8, 0.5, npx.cpu(1)) is None
    assert net[0].weight.list_ctx() == [npx.cpu(1)]
    assert d2l.evaluate_accuracy_gpu(net, stripes()) == 1.0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith('训练损失 0.') and first.endswith('测试精度 1.000')
    assert second.startswith('每个迭代周期 ') and second.endswith(' 秒，在 cpu(1) 上')
    train, _, test = (line.get_xdata().tolist() for line in d2l.plt.gca().lines)
    assert test == list(range(1, 9))
    assert len(train) == 8 * num_batches and train[-1] == 8


@pytest.mark.parametrize('change, match', [
    ({'num_epochs': 0}, '迭代周期数应是正整数'),
    ({'num_epochs': 1.5}, '迭代周期数应是正整数'),
    ({'train_iter': []}, '训练数据迭代器一批数据也没有给出'),
    ({'test_iter': []}, '数据迭代器一批数据也没有给出'),
    ({'train_iter': [(np.zeros((2, 1, 8, 8)), np.array([0, 2]))]}, '标签应在 0 到 1 之间'),
    ({'test_iter': [(np.zeros((2, 1, 8, 8)), np.array([0, 2]))]}, '标签应在 0 到 1 之间'),
])
def test_training_refuses(change, match):
    arguments = {'net': conv_net(), 'train_iter': stripes(), 'test_iter': stripes(), 'num_epochs': 2,
                 'lr': 0.1, 'device': npx.cpu(), **change}
    with pytest.raises(ValueError, match=match):
        d2l.train_ch6(**arguments)


def test_training_stops_when_the_loss_is_not_finite():
    batches = [*stripes()[:2], (stripes()[2][0] * float('nan'), stripes()[2][1])]
    with pytest.raises(FloatingPointError, match='第 1 个迭代周期，第 3 批的损失是 nan.*学习率'):
        # 汇聚和 ReLU 会把 nan 变成别的数，所以只用一层
        d2l.train_ch6(nn.Dense(2), batches, stripes(), 2, 0.1, npx.cpu())
