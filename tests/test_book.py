"""整本书：目录和术语表读得出；动过的每一处输出都会被发现。这里的测试看真的书，每次都跑。"""
import json
import re
import string

import nbformat

from tools import book, mainline, prose, records
from tools.book import ROOT


def each_output(notebook):
    """(格号, 代码格, 输出的序号)，逐个输出。"""
    for index, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == 'code':
            for position in range(len(cell.outputs)):
                yield index, cell, position


def a_page_with_every_kind_of_output():
    """2.2.2 节：有文字、表格和 SVG 插图。"""
    [page] = book.select('2.2.2')
    return records.read(page)


def test_deleting_any_one_output_is_found():
    notebook = a_page_with_every_kind_of_output()
    assert len(list(each_output(notebook))) > 20
    for index, cell, position in list(each_output(notebook)):
        deleted = cell.outputs.pop(position)
        assert records.changed_outputs(notebook) == [index]
        cell.outputs.insert(position, deleted)
    assert records.changed_outputs(notebook) == []


def test_changing_any_one_digit_is_found():
    notebook = a_page_with_every_kind_of_output()
    found = 0
    for index, cell, position in list(each_output(notebook)):
        output = cell.outputs[position]
        text = json.dumps(output, ensure_ascii=False)
        digit = next((place for place, letter in enumerate(text) if letter in string.digits), None)
        if digit is None:
            continue
        changed = text[:digit] + str((int(text[digit]) + 1) % 10) + text[digit + 1:]
        cell.outputs[position] = nbformat.from_dict(json.loads(changed))
        assert records.changed_outputs(notebook) == [index]
        cell.outputs[position] = output
        found += 1
    assert found > 20


def test_section_numbers_of_the_book():
    numbers = {page.key: page.number for page in book.contents(ROOT)}
    assert numbers['ch1_preliminaries/data-operations'] == '1.1'
    assert numbers['ch1_preliminaries/context-managers'] == '1.5.2'
    assert numbers['ch2_linear/linear-regression-basics'] == '2.1.1'
    assert numbers['ch2_linear/image-dataset'] == '2.2.2'
    assert numbers['ch2_linear/softmax-regression-concise'] == '2.2.4'
    assert numbers['ch3_mlp/house-prices'] == '3.8'
    assert numbers['ch4_computation/reading-and-writing-files'] == '4.5'


def test_the_table_of_terms_of_the_book_is_read():
    found = prose.read_terms(ROOT)
    assert len(found) > 80
    by_name = {term.chinese: term for term in found}
    assert by_name['自动微分'].avoided == ('自动求导', '自动求微分')
    assert by_name['精度'].english == 'accuracy'


def test_every_section_that_the_misconceptions_name_exists():
    page, = book.select('appendix/misconceptions')
    named = re.findall(r'\]\(\.\./([\w/-]+)\.ipynb\)“([^”]*)”', page.read())
    assert len(named) > 40
    for key, wanted in named:
        found = [title.removesuffix(mainline.MARK) for cell in book.select(key)[0].cells('markdown')
                 for _, _, title in mainline.headings(cell)]
        assert wanted in found, (key, wanted)
