"""d2l_local/_compat.py 的测试。

各版本的 NumPy 用假的模块代替，导入 MXNet 的各种失败用子进程里真的失败来试。`make test-wheel` 会在
NumPy 2 和别的 Python 上再跑一遍本文件。
"""
import os
import subprocess
import sys
import types
from pathlib import Path

import nbformat
import numpy
import pytest
from d2l_local import _compat
from nbclient import NotebookClient

ROOT = Path(_compat.__file__).parents[1]
FINANCIAL = {'mirr', 'npv', 'pmt', 'ppmt', 'pv', 'rate'}
GONE_IN_2_0 = FINANCIAL | {'PZERO', 'NZERO', 'NINF', 'PINF', 'NAN', 'NaN', 'Inf', 'alltrue',
                           'sometrue', 'product', 'round_', 'msort', 'compat'}
GONE_IN_2_4 = GONE_IN_2_0 | {'in1d', 'trapz'}
EVERY_NAME = GONE_IN_2_4 | {'bool'}
# 每个版本里 NumPy 没有的名字，和其中应当补上的。
VERSIONS = {
    '1.23.5': (FINANCIAL, set()),
    '1.24.0': (FINANCIAL | {'bool'}, {'bool'}),
    '1.26.4': (FINANCIAL | {'bool'}, {'bool'}),
    '2.0.0rc1': (GONE_IN_2_0, GONE_IN_2_0),
    '2.3.5': (GONE_IN_2_0, GONE_IN_2_0),
    '2.4.6': (GONE_IN_2_4, GONE_IN_2_4),
    '2.5.5': (GONE_IN_2_4, GONE_IN_2_4),
}
SENTENCES = {
    '缺 libgomp': (OSError('libgomp.so.1: cannot open shared object file'), 'libgomp1'),
    '缺 libquadmath': (OSError('libquadmath.so.0: cannot open shared object file'), 'libquadmath0'),
    '没装 MXNet': (ModuleNotFoundError('No module named mxnet', name='mxnet'),
                'pip install --no-deps mxnet=='),
    '没有 distutils': (ModuleNotFoundError('No module named distutils', name='distutils'),
                    'pip install setuptools'),
    'NumPy 太新': (AttributeError("module 'numpy' has no attribute 'sum'"), 'pip install'),
    '别的': (RuntimeError('Cannot find the MXNet library.\nList of candidates:\n'), 'make doctor'),
}


def fake_numpy(version):
    """只有 `_compat` 要用的名字的假 NumPy；那个版本没有的旧名字也没有。"""
    module = types.ModuleType('numpy')
    for name in ('all', 'any', 'prod', 'round', 'isin', 'sort', 'inf', 'nan', 'trapezoid'):
        setattr(module, name, getattr(numpy, name, numpy.mean))
    for name in EVERY_NAME - VERSIONS[version][0]:
        setattr(module, name, object())
    module.__version__ = version
    module.print_options = []
    module.set_printoptions = lambda **options: module.print_options.append(options)
    return module


def python(code, *flags, path=(), **environment):
    """在新的 Python 进程里运行 `code`，返回结果；`path` 排在 sys.path 最前。"""
    kept = {name: value for name, value in os.environ.items() if name != 'NPY_DISABLE_CPU_FEATURES'}
    return subprocess.run(
        [sys.executable, *flags, '-c', code], text=True, capture_output=True, timeout=120,
        env={**kept, 'PYTHONPATH': os.pathsep.join(map(str, [*path, ROOT])), **environment})


def output(code, *flags, **options):
    done = python(code, *flags, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class TestPatch:
    @pytest.mark.parametrize('version', VERSIONS)
    def test_puts_back_exactly_the_missing_names(self, version):
        module = fake_numpy(version)
        before = dict(vars(module))
        assert set(_compat.patch(module)) == VERSIONS[version][1]
        assert set(vars(module)) - set(before) == VERSIONS[version][1]
        assert all(vars(module)[name] is value for name, value in before.items())

    @pytest.mark.parametrize('version', VERSIONS)
    def test_legacy_printing_on_numpy_2_only(self, version):
        module = fake_numpy(version)
        _compat.patch(module)
        assert module.print_options == ([{'legacy': '1.25'}] if version >= '2' else [])

    def test_second_call_changes_nothing(self):
        module = fake_numpy('2.4.6')
        _compat.patch(module)
        before = dict(vars(module))
        assert _compat.patch(module) == []
        assert vars(module) == before

    def test_names_mean_what_they_meant(self):
        module = fake_numpy('2.4.6')
        _compat.patch(module)
        table = numpy.array([[3, 1], [2, 4]])
        assert module.msort(table).tolist() == [[2, 1], [3, 4]]
        assert module.in1d(table, [1, 2]).tolist() == [False, True, True, False]
        assert module.in1d(table, [1, 2], invert=True).tolist() == [True, False, False, True]
        assert (module.NINF, module.PINF, module.alltrue) == (-numpy.inf, numpy.inf, numpy.all)

    def test_no_warning_from_the_real_numpy(self):
        code = 'import numpy, _compat; _compat.patch(numpy); print(numpy.__version__)'
        assert output(code, '-W', 'error', path=[ROOT / 'd2l_local']) == numpy.__version__


class TestExplain:
    @pytest.mark.parametrize('case', SENTENCES)
    def test_one_line_with_the_way_out(self, case):
        error, way_out = SENTENCES[case]
        sentence = _compat.explain_import_error(error, 'Linux', 'x86_64')
        assert way_out in sentence
        assert '\n' not in sentence
        assert any('\u4e00' <= character <= '\u9fff' for character in sentence)

    @pytest.mark.parametrize('machine, way_out', [
        (('Darwin', 'arm64'), 'Rosetta'), (('Windows', 'ARM64'), 'x86-64'),
        (('Linux', 'aarch64'), 'linux/amd64')])
    @pytest.mark.parametrize('error', [
        ModuleNotFoundError('No module named mxnet', name='mxnet'),
        OSError('libarmpl_lp64_mp.so: cannot open shared object file: No such file or directory')])
    def test_no_wheel_for_this_machine(self, machine, way_out, error):
        sentence = _compat.explain_import_error(error, *machine)
        assert ' '.join(machine) in sentence and 'pip' not in sentence
        assert way_out in sentence and 'linux/amd64' in sentence and 'Colab' in sentence

    @pytest.mark.parametrize('case', ['没装 MXNet', '没有 distutils', 'NumPy 太新', '别的', '缺运行库'])
    def test_windows_has_its_own_wheel_and_no_make(self, case):
        missing = FileNotFoundError(r"Could not find module 'C:\libmxnet.dll' (or one of its dependencies).")
        error, way_out = {
            **SENTENCES, '缺运行库': (missing, 'pip install msvc-runtime'),
            '没装 MXNet': (SENTENCES['没装 MXNet'][0], 'pip install --no-deps mxnet==1.7.0.post2'),
            'NumPy 太新': (SENTENCES['NumPy 太新'][0], 'pip install "numpy<2"'), '别的': (
                SENTENCES['别的'][0], '安装与运行')}[case]
        sentence = _compat.explain_import_error(error, 'Windows', 'AMD64')
        assert way_out in sentence and 'make' not in sentence and '\n' not in sentence

    def test_version_for_each_system(self):
        assert [_compat.mxnet_version(system) for system in ('Linux', 'Darwin', 'Windows', 'FreeBSD')] == [
            '1.9.1', '1.9.1', '1.7.0.post2', '1.9.1']


class TestFailureInARealProcess:
    """读者看到的最后一行就是那句话，前面没有别的异常。"""

    @pytest.fixture
    def failure(self, tmp_path):
        def run(source, code='import d2l_local'):
            (tmp_path / 'mxnet.py').write_text(source, encoding='utf-8')
            done = python(code, path=[tmp_path])
            assert done.returncode == 1
            assert 'During handling' not in done.stderr and 'direct cause' not in done.stderr
            assert done.stderr.count('Traceback') == 1
            return done.stderr.splitlines()[-1]
        return run

    @pytest.mark.parametrize('case', ['缺 libgomp', '缺 libquadmath', 'NumPy 太新', '别的'])
    def test_mxnet_raises(self, failure, case):
        error, way_out = SENTENCES[case]
        last = failure(f'raise {error!r}')
        assert last == f'ImportError: {_compat.explain_import_error(error)}'
        assert way_out in last

    def test_mxnet_not_installed(self, failure):
        assert '没有安装 MXNet' in failure('', 'import sys; sys.modules["mxnet"] = None\n'
                                            'import d2l_local')

    def test_no_distutils(self, failure):
        # 挡住 distutils，包括 setuptools 带来的替身。
        code = ('import sys\n'
                'sys.modules.update({"distutils": None, "_distutils_hack": None})\n'
                'import d2l_local')
        assert failure('import distutils', code).endswith('pip install setuptools')

    def test_a_retry_after_the_repair_succeeds(self, tmp_path):
        broken = tmp_path / 'mxnet.py'
        broken.write_text('raise OSError("libgomp.so.1: cannot open")', encoding='utf-8')
        code = (f'import pathlib, importlib\nfrom contextlib import suppress\n'
                'with suppress(ImportError): import d2l_local\n'
                f'pathlib.Path({str(broken)!r}).unlink()\nimportlib.invalidate_caches()\n'
                'import d2l_local, mxnet; print(mxnet.np.ones(2).sum())')
        assert output(code, path=[tmp_path]) == '2.0'


class TestImport:
    def test_repeated_import_is_the_same_module(self):
        assert _compat.import_mxnet() is _compat.import_mxnet() is sys.modules['mxnet']

    def test_later_calls_leave_the_readers_print_options_alone(self):
        code = ('import d2l_local, numpy\nnumpy.set_printoptions(precision=3, legacy=False)\n'
                'd2l_local._compat.import_mxnet(); print(numpy.get_printoptions()["legacy"])')
        assert output(code) == 'False'

    def test_quiet_even_when_warnings_are_errors(self):
        code = 'import _compat; print(_compat.import_mxnet().__version__)'
        assert output(code, '-W', 'error::DeprecationWarning',
                      path=[ROOT / 'd2l_local']) == _compat.mxnet_version()

    def test_numpy_imported_and_used_before(self):
        code = ('import numpy; one = numpy.arange(3)[1]\nimport d2l_local\nfrom mxnet import np\n'
                'x = np.array([[1., 2.], [3., 4.]]); x[one] = 5\n'
                'print(x[:, one], repr(numpy.float64(0.5)))')
        assert output(code) == '[2. 5.] 0.5'

    def test_padding(self):
        """np.pad 在运行时才用到 NumPy 2.0 删掉的 compat。"""
        code = ('import d2l_local; from mxnet import np\n'
                'print(np.pad(np.ones((1, 1)), ((1, 0), (0, 1))).tolist())')
        assert output(code) == '[[0.0, 0.0], [1.0, 0.0]]'

    @pytest.mark.skipif(numpy.__version__ < '1.24', reason='NumPy 1.23 上先导入 mxnet 也成功')
    def test_mxnet_imported_first(self):
        """先导入 mxnet 会失败；接着导入 d2l_local 要得到完整的 mxnet。"""
        code = ('import sys\n'
                'try:\n    import mxnet\n    print("成功")\nexcept AttributeError: pass\n'
                'assert "mxnet.autograd" in sys.modules\n'
                'import d2l_local, mxnet as mx\n'
                'print([name for name in ("context", "autograd", "util", "gluon", "npx")\n'
                '       if not hasattr(mx, name)])\n'
                'x = mx.np.array([1., 2.]); x.attach_grad()\n'
                'with mx.autograd.record(): y = (x ** 2).sum()\n'
                'y.backward(); print(x.grad)')
        assert output(code) == '[]\n[2. 4.]'

    def test_in_a_kernel_that_uses_numpy_already(self, tmp_path):
        """Colab 的情形：内核已导入 NumPy，第一次直接 import mxnet 失败，然后照书上的次序来。"""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in (
            'import numpy\nnumpy.arange(3) / 2',
            'try:\n    import mxnet\nexcept AttributeError:\n    pass',
            f'import sys\nsys.path.insert(0, {str(ROOT)!r})\nimport d2l_local as d2l\n'
            'from mxnet import autograd, np\n'
            'print(np.arange(3) / 2, numpy.float64(0.5), [numpy.int64(1)])')])
        NotebookClient(notebook, timeout=120, kernel_name='python3',
                       resources={'metadata': {'path': tmp_path}}).execute()
        assert [[item.get('name'), item.get('text')] for item in notebook.cells[2].outputs] == [
            ['stdout', '[0.  0.5 1. ] 0.5 [1]\n']]


class TestPins:
    """读者的内核里什么也没有固定：由 `import d2l_local` 固定。"""

    SHOW = ('import os\nfrom d2l_local import _compat\n'
            'print([os.environ.get(name) == value for name, value in _compat.PINNED.items()])')

    @pytest.fixture(autouse=True)
    def reader(self, monkeypatch):
        for name in [*_compat.PINNED, 'D2L_UNPINNED']:
            monkeypatch.delenv(name, raising=False)

    def test_all_are_set_before_mxnet(self, tmp_path):
        (tmp_path / 'mxnet.py').write_text('import os; print(os.environ["DNNL_MAX_CPU_ISA"]); 1/0')
        code = 'from contextlib import suppress\nwith suppress(ImportError): import d2l_local'
        assert output(code, path=[tmp_path]) == 'AVX2'
        assert output(self.SHOW) == str([True] * len(_compat.PINNED))

    def test_what_the_user_set_stays(self):
        found = output(self.SHOW, OMP_NUM_THREADS='2')
        assert found == str([name != 'OMP_NUM_THREADS' for name in _compat.PINNED])

    @pytest.mark.parametrize('value, pinned', [('1', False), ('yes', False), ('0', True), ('', True)])
    def test_unpinned_leaves_the_machine_alone(self, value, pinned):
        assert output(self.SHOW, D2L_UNPINNED=value) == str([pinned] * len(_compat.PINNED))

    def test_one_sentence_when_mxnet_was_first(self):
        code = 'import _compat, sys; sys.modules["mxnet"] = sys; _compat.pin()'
        done = python(code, path=[ROOT / 'd2l_local'])
        assert done.stderr == _compat.TOO_LATE + '\n' and not done.stdout
        for quiet in (_compat.PINNED, {'D2L_UNPINNED': '1'}):
            assert not python(code, path=[ROOT / 'd2l_local'], **quiet).stderr

    def test_quiet_about_names_that_numpy_does_not_know(self):
        assert not python('import d2l_local').stderr

    def test_the_pins_work(self):
        """指令集不同，末位就不同；读者的内核得到的与固定了环境的一样。"""
        code = ('import hashlib, d2l_local\nfrom mxnet import np, npx\nnpx.set_np()\n'
                'npx.random.seed(0)\nX = np.random.normal(size=(200, 300))\n'
                'Y = npx.convolution(X.reshape(2, 1, 100, 300), X[:4, :100].reshape(16, 1, 5, 5),'
                ' kernel=(5, 5), num_filter=16, no_bias=True)\n'
                'print(hashlib.sha256(np.dot(X, X.T).asnumpy().tobytes()\n'
                '                     + Y.asnumpy().tobytes()).hexdigest())')
        pinned = output(code, **_compat.PINNED)
        assert output(code) == pinned != output(code, DNNL_MAX_CPU_ISA='SSE41')
