"""The Compress page."""

from __future__ import annotations

import pytest
import torch
from page_elements import assert_no_error, component_data, fields, page_text, widget

from aecore.errors import ImageError
from aecore.evaluation.compression import rates
from aecore.evaluation.compression.aez import read_header
from aecore.models.bottlenecks.vector_quantized import VectorQuantized
from aecore.models.networks.conv import Conv
from aecore.runs.compression.files import compress_images
from aecore.runs.run import Run
from pages.parts.compress import save_file
from pages.parts.server import upload_limit
from pages.parts.shell import jobs, session

PAGE = "pages/compress.py"
STARTERS = ["starter-1-quick", "starter-2-vae", "starter-3-two", "starter-4-conv"]


@pytest.fixture
def run(train_one) -> Run:
    return train_one({})


@pytest.fixture
def few_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MAX_IMAGES", 12)


@pytest.fixture
def opened_file(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """The file in the field for .aez files: {"content": bytes or an error}; AppTest cannot upload."""
    given: dict[str, object] = {}

    def content(_: object) -> object:
        if isinstance(given["content"], Exception):
            raise given["content"]
        return given["content"]

    monkeypatch.setattr("streamlit.file_uploader", lambda *_, **__: given or None)
    monkeypatch.setattr(upload_limit, "content", content)
    return given


def requested(run: Run, module: str) -> list[jobs.Job]:
    return [
        job for job in jobs._jobs().by_name.values() if job.command[:2] == [f"aecore.runs.{module}", str(run.folder)]
    ]


def drawn(app, style: str) -> list[str]:
    return [html.proto.body for html in app.get("html") if style in html.proto.body]


@pytest.mark.parametrize(
    ("changes", "own", "setting"),
    [
        ({}, "Codes", "per number"),
        ({"network": Conv(), "bottleneck": VectorQuantized(codebook_size=16)}, "Codebook indices", "4 bits per index"),
    ],
    ids=["codes", "indices"],
)
def test_measures_once_and_compares_with_pca_and_files(
    open_page, train_one, few_images, started, changes, own, setting
):
    run = train_one(changes)
    app = open_page(PAGE, run.id)
    app.run()
    assert_no_error(app)
    assert sorted(command[0].rpartition(".")[2] for command in started) == ["codecs", "rate_distortion"]
    (table,) = drawn(app, "scores rates")
    for title in (own, "PCA", "PNG", "JPEG", "WebP, lossless"):
        assert f">{title}</th>" in table or f">{title} *</th>" in table
    (data,) = [data for data in component_data(app) if "stops" in data]
    assert data["methods"][0]["title"] == own
    text = page_text(app)
    assert setting in text
    assert "decoder" in text
    assert "12 test images" in text
    assert (session.FILE_BITS.name in fields(app)) is (own == "Codes")
    app.session_state[session.PACKING.name] = "together"
    app.session_state[session.FIDELITY.name] = "ssim"
    app.run()
    assert_no_error(app)
    assert "better SSIM" in page_text(app)
    (together,) = drawn(app, "scores rates")
    jpeg_header = ">1,312<"
    assert (jpeg_header in table, jpeg_header in together) == (True, False), "in one file, it is paid for once"
    open_page(PAGE, run.id)
    assert len(started) == 2


def test_waits_for_what_is_computed_elsewhere(open_page, run):
    for _ in range(2):  # sessions
        app = open_page(PAGE, run.id)
        assert_no_error(app)
        assert len(requested(run, "computed.rate_distortion")) == len(requested(run, "compression.codecs")) == 1
        assert len(app.get("progress")) == 2


def test_two_failed_computations_are_both_shown(open_page, run, started, monkeypatch):
    for module in ("computed.rate_distortion", "compression.codecs"):
        monkeypatch.setattr(f"aecore.runs.{module}.main", lambda arguments: 1)
    app = open_page(PAGE, run.id)
    app.run()
    assert_no_error(app)
    assert page_text(app).count("It failed.") == 2
    assert len(started) == 2


@pytest.mark.parametrize("starter", STARTERS)
def test_starters_show_a_file_at_once(open_page, starter):
    app = open_page(PAGE, starter)
    assert_no_error(app)
    assert "for 12 images" in page_text(app)
    assert "header and checksum" in page_text(app)
    assert "aecore lossless measure" in page_text(app)
    assert drawn(app, 'class="sheets"')


def test_bits_and_count_are_in_the_address_and_the_count_fits_the_dataset(open_page):
    app = open_page(PAGE, "starter-1-quick", **{session.FILE_COUNT.name: 9999})  # of a larger dataset
    for key in (session.FILE_BITS, session.FILE_COUNT):
        assert widget(app, key.name).proto.query_param_key
    assert_no_error(app)
    assert "for 200 images" in page_text(app)


def test_a_starter_shows_its_numbers_while_the_images_are_compressed(open_page, monkeypatch, started):
    monkeypatch.setattr(jobs, "start", lambda *_: None)
    app = open_page(PAGE, "starter-1-quick")
    assert_no_error(app)
    (table,) = drawn(app, "scores rates")
    assert ">AVIF</th>" in table
    assert "500 test images" in page_text(app)
    assert not [data for data in component_data(app) if "stops" in data]
    assert not started


def test_more_bits_make_a_larger_file_with_its_tables_where_the_run_has_none(open_page, started):
    app = open_page(PAGE, "starter-1-quick")
    widget(app, session.FILE_BITS.name).set_value(8).run()
    app.run()
    assert_no_error(app)
    assert [command[2:] for command in started if "codecs" in command[0]] == [["8"]], "it comes without these"
    assert "tables" in page_text(app)


def test_says_that_the_tables_of_a_large_code_do_not_fit_into_a_file(open_page, monkeypatch):
    monkeypatch.setattr("aecore.evaluation.compression.aez.MAX_CODEC_BYTES", 100)
    monkeypatch.setattr(save_file, "in_run_folder", lambda *_: False)
    save_file._compressed.clear()  # other tests make files with this codec
    app = open_page(PAGE, "starter-5-denoise")
    assert_no_error(app)
    assert "Use fewer bits" in page_text(app)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"GIF89a", "This is no .aez file"),
        (b"\x89AEZ\x01", "is incomplete"),
        (ImageError("your uploads would take 30 MB of memory"), "would take 30 MB"),
    ],
    ids=["foreign", "truncated", "refused"],
)
def test_says_why_a_file_cannot_be_opened(open_page, opened_file, content, message):
    opened_file["content"] = content
    app = open_page(PAGE, "starter-1-quick")
    assert_no_error(app)
    assert message in page_text(app)


def test_a_file_of_another_run_opens_with_its_model_or_names_the_run(open_page, run, opened_file, app_store):
    images = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    opened_file["content"] = content = compress_images(run, images)
    app = open_page(PAGE, "starter-1-quick")
    assert_no_error(app)
    text = page_text(app)
    assert f"3 pictures of 28 × 28 pixels from **{len(content):,} bytes**, restored by “{run.state().name}”" in text
    links = [link.proto for link in app.main.get("page_link")]
    assert [link.query_string for link in links if link.label == "Select this run"] == [f"run={run.id}"]
    app_store.delete(run)
    opened_file["content"] = content + b""
    other = open_page(PAGE, "starter-2-vae")
    assert_no_error(other)
    assert f"the run {read_header(content).run}" in page_text(other) or "restored by" not in page_text(other)


def test_vectors_have_no_pictures(open_page, train_one):
    changes = {"dataset": {"kind": "vectors", "images": 300, "validation": 50}, "training.loss": "mse"}
    app = open_page(PAGE, train_one(changes).id)
    assert_no_error(app)
    assert "This run uses vectors" in page_text(app)
    assert not app.get("file_uploader")
