"""读过《动手学深度学习》第二版的读者：让旧代码的 `d2l` 就是本书的，本书没有的名字由一句话说明。

三张表合起来正是 d2l 0.17.6（d2l.mxnet）公开而本书没有的名字，tests/test_second_edition_names.py 对照。
"""
import difflib
import sys
from collections.abc import Iterable
from types import ModuleType

__all__ = ['install_as_d2l']

# 为几种框架起的别名 → MXNet 里怎么写。
ALIASES = {
    **dict.fromkeys(('size', 'reshape', 'argmax', 'astype'), 'x.{name}'), 'transpose': 'x.T',
    **dict.fromkeys(('ones', 'zeros', 'arange', 'meshgrid', 'sin', 'sinh', 'cos', 'cosh', 'tanh',
                     'linspace', 'exp', 'log', 'int32', 'float32', 'stack', 'abs', 'eye'), 'np.{name}'),
    'tensor': 'np.array', 'normal': 'np.random.normal', 'rand': 'np.random.rand', 'matmul': 'np.dot',
    'concat': 'np.concatenate', 'numpy': 'x.asnumpy()', 'to': 'x.as_in_ctx', 'reduce_sum': 'x.sum',
    'nn_Module': 'nn.Block', 'USE_MXNET': 'True', 'USE_PYTORCH': 'False', 'USE_TENSORFLOW': 'False',
}
# d2l 顺便带着的模块 → 自己怎样导入。
MODULES = {
    **dict.fromkeys(('autograd', 'context', 'gluon', 'image', 'init', 'np', 'npx'),
                    'from mxnet import {name}'),
    **dict.fromkeys(('nn', 'rnn'), 'from mxnet.gluon import {name}'),
    **dict.fromkeys(('collections', 'hashlib', 'math', 'os', 'random', 're', 'requests', 'shutil', 'sys',
                     'tarfile', 'time', 'zipfile'), 'import {name}'),
    'transforms': 'from mxnet.gluon.data.vision import transforms', 'pd': 'import pandas as pd',
    'defaultdict': 'from collections import defaultdict', 'display': 'from IPython import display',
    'backend_inline': 'from matplotlib_inline import backend_inline', 'd2l': 'import d2l_local as d2l',
}
# 第二版的哪一章 → 那里定义而本书没有的名字。
CHAPTERS = {
    8: """read_time_machine tokenize Vocab count_corpus load_corpus_time_machine seq_data_iter_random
        seq_data_iter_sequential SeqDataLoader load_data_time_machine RNNModelScratch predict_ch8
        grad_clipping train_epoch_ch8 train_ch8 RNNModel""",
    9: """read_data_nmt preprocess_nmt tokenize_nmt show_list_len_pair_hist truncate_pad build_array_nmt
        load_data_nmt Encoder Decoder EncoderDecoder Seq2SeqEncoder MaskedSoftmaxCELoss train_seq2seq
        predict_seq2seq bleu""",
    10: """show_heatmaps masked_softmax AdditiveAttention DotProductAttention AttentionDecoder
        MultiHeadAttention transpose_qkv transpose_output PositionalEncoding PositionWiseFFN AddNorm
        EncoderBlock TransformerEncoder""",
    11: 'annotate train_2d show_trace_2d get_data_ch11 train_ch11 train_concise_ch11',
    12: 'Benchmark split_batch resnet18 evaluate_accuracy_gpus',
    13: """train_batch_ch13 train_ch13 box_corner_to_center box_center_to_corner bbox_to_rect multibox_prior
        show_bboxes box_iou assign_anchor_to_bbox offset_boxes multibox_target offset_inverse nms
        multibox_detection read_data_bananas BananasDataset load_data_bananas read_voc_images VOC_COLORMAP
        VOC_CLASSES voc_colormap2label voc_label_indices voc_rand_crop VOCSegDataset load_data_voc
        read_csv_labels copyfile reorg_train_valid reorg_test""",
    14: """read_ptb subsample get_centers_and_contexts RandomGenerator get_negatives batchify load_data_ptb
        TokenEmbedding get_tokens_and_segments BERTEncoder MaskLM NextSentencePred BERTModel
        load_data_wiki""",
    15: """read_imdb load_data_imdb predict_sentiment read_snli SNLIDataset load_data_snli
        split_batch_multi_inputs predict_snli""",
    16: """read_data_ml100k split_data_ml100k load_data_ml100k split_and_load_ml100k train_recsys_rating
        BPRLoss HingeLossbRec hit_and_auc evaluate_ranking train_ranking CTRDataset""",
    17: 'update_D update_G',
}


def explain_missing(name: str, known: Iterable[str]) -> str:
    """d2l_local 没有 `name`：怎样改旧代码，或最像 `known` 里的哪一个。"""
    if name in ALIASES:
        instead = ALIASES[name].format(name=name)
        return f'd2l.{name} 是第二版为几种框架起的别名，本书没有，请改写成 {instead}。'
    if name in MODULES:
        return f'本书的 d2l 不带 {name}，请自己写：{MODULES[name].format(name=name)}'
    for chapter, names in CHAPTERS.items():
        if name in names.split():
            return f'd2l.{name} 出自《动手学深度学习》第二版第 {chapter} 章，本书没有写到那里。'
    close = difflib.get_close_matches(name, known, 1)
    hint = f'。是不是要写 d2l.{close[0]}？' if close else ''
    return f"module 'd2l_local' has no attribute {name!r}{hint}"


def install_as_d2l() -> None:
    """让这个进程里的 `from d2l import mxnet as d2l` 得到 d2l_local，旧代码不用改导入。

    在旧代码前面写一行 `import d2l_local; d2l_local.install_as_d2l()`。只管这个进程，磁盘上什么也不动；
    装着真正的 d2l 也照样，多次调用与一次相同。

    异常：
        ImportError：真正的 d2l 已经导入了，两者不能混用。
    """
    ours = sys.modules['d2l_local']
    if getattr(sys.modules.get('d2l'), 'mxnet', None) is ours:
        return
    if 'd2l' in sys.modules:
        raise ImportError('已经导入了真正的 d2l，不能再换成 d2l_local。'
                          '请重启内核，先运行 import d2l_local; d2l_local.install_as_d2l()。')
    package = ModuleType('d2l')
    # 有 __path__ 才是包，`import d2l.mxnet as d2l` 才行；报错时 Python 会说出 __file__。
    vars(package).update(__path__=[], __file__=ours.__file__, mxnet=ours)
    sys.modules.update({'d2l': package, 'd2l.mxnet': ours})
