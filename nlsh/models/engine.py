"""llama.cpp under a grammar: from a prompt to the one text that the grammar allows and the model likes best.

Which text that is, `search` finds. The token loop takes the model's best token, asks the matcher whether it is allowed,
and computes the whole mask only when it is not, or when another token could still win. Tokens that the grammar forces
are not sampled: they go into the next evaluation together. The probability of each chosen token is the model's own,
before any mask: a mask that hides what the model wanted shows as doubt.
"""

from __future__ import annotations

import ctypes
import os
import struct
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlsh.completion import Choice, Completion
from nlsh.errors import ModelError, UsageError
from nlsh.models import search

if TYPE_CHECKING:
    import numpy as np

MOST_ANSWER_TOKENS = 256
_BATCH = 512
_HEAD, _MARK = "8sQQ", b"nlsh kv1"
"""A kept state begins with the mark, the number of tokens of its prefix, and the size of what follows those."""


class Library:
    """llama.cpp and what works with it, imported, and told what it has to know of the machine.

    Once it is made, an engine opens no file and imports nothing. It starts no thread.
    """

    def __init__(self) -> None:
        # It must be set before libgomp is loaded.
        os.environ.setdefault("GOMP_SPINCOUNT", _spins())
        import llama_cpp.llama_cpp as api
        import llguidance._lib as guidance
        import numpy.ctypeslib  # noqa: F401

        self.api = api
        self.guidance = guidance
        self.stdio = _stdio()
        self.has_amx = _has_amx()
        self._log = api.llama_log_callback(_silent)
        api.llama_log_set(self._log, None)
        api.llama_backend_init()


class Engine:
    """One loaded model with its context. Not thread-safe: one completion at a time.

    `descriptors` are two of the file at `path`, each opened for itself, that get closed; without, it is opened here.
    """

    def __init__(
        self,
        path: Path,
        *,
        context_length: int = 1024,
        threads: int = 0,
        library: Library | None = None,
        descriptors: tuple[int, int] | None = None,
    ) -> None:
        self._library = library or Library()
        self._api = self._library.api
        self._path = path
        self._tokenizer: Any = None
        self._failure: BaseException | None = None
        weights, vocabulary = descriptors or (os.open(path, os.O_RDONLY), os.open(path, os.O_RDONLY))
        waiting = threading.Thread(target=self._load_tokenizer, args=(vocabulary,))
        waiting.start()
        try:
            self._load(weights, context_length, threads or _cores())
        finally:
            waiting.join()
        if self._failure is not None:
            raise ModelError(f"cannot read the vocabulary of {path}: {self._failure}")
        self._evaluated: list[int] = []
        self._worked = 0

    # --- loading ---

    def _load(self, descriptor: int, context_length: int, threads: int) -> None:
        api, path = self._api, self._path
        params = api.llama_model_default_params()
        # llama.cpp's AMX kernels crash at the first product on some CPUs (ggml-org/llama.cpp issue 20824).
        params.use_extra_bufts = not self._library.has_amx
        self._model = _read_model(self._library, descriptor, params, path)
        settings = api.llama_context_default_params()
        settings.n_ctx = self._length = context_length
        settings.n_batch = _BATCH
        settings.n_threads = settings.n_threads_batch = threads
        self._context = api.llama_init_from_model(self._model, settings)
        if not self._context:
            raise ModelError(f"there is not enough memory to run {path}")
        self._memory = api.llama_get_memory(self._context)
        self._batch = api.llama_batch_init(_BATCH, 0, 1)
        self._vocabulary = api.llama_model_get_vocab(self._model)
        self._size = api.llama_vocab_n_tokens(self._vocabulary)
        self._end = _end_token(api, self._vocabulary)

    def _load_tokenizer(self, descriptor: int) -> None:
        """Build the matcher's tokenizer from the vocabulary alone, while the weights are read."""
        try:
            self._tokenizer = _matcher_tokenizer(self._library, descriptor, self._path)
        except BaseException as error:
            self._failure = error

    # --- completing ---

    def tokenize(self, prompt: Sequence[tuple[str, bool]]) -> list[int]:
        """Token ids of the prompt's segments; only those marked special may hold control tokens."""
        return [token for text, special in prompt for token in self._tokenize(text.encode(), special)]

    def _tokenize(self, text: bytes, special: bool) -> list[int]:
        if not text:
            return []
        room = (self._api.llama_token * (len(text) + 8))()
        count = self._api.llama_tokenize(self._vocabulary, text, len(text), room, len(room), False, special)
        return list(room[:count])

    def complete(self, prompt: Sequence[tuple[str, bool]], grammar: str) -> Completion:
        """Write the text that the grammar allows and the model likes best, token by token.

        UsageError where the prompt is too long for the context; ModelError where the grammar or the model fails.
        """
        tokens = self.tokenize(prompt)
        if len(tokens) + MOST_ANSWER_TOKENS > self._length:
            raise UsageError(f"that is too long: {len(tokens)} tokens", hint="say it in fewer words")
        self._worked = 0
        start = search.Path(matcher=self._matcher(grammar))
        found = search.most_probable(start, lambda path, floor: self._follow(tokens, path, floor))
        if found is None:
            raise UsageError("the answer would be too long", hint="ask for fewer things at once")
        return Completion(
            text=self._tokenizer.decode_str(found.written),
            choices=tuple(found.choices),
            prompt_tokens=len(tokens),
            evaluated_tokens=self._worked,
        )

    def _follow(self, tokens: list[int], path: search.Path, floor: float) -> tuple[bool, list[search.Path]]:
        """Write on after the prompt and the path, until the answer ends or the path is less probable than `floor`."""
        pending = [*tokens, *path.written]
        pending = pending[self._reuse(pending) :]
        forks: list[search.Path] = []
        while not path.ended:
            forced = list(path.matcher.compute_ff_tokens())
            path.matcher.consume_tokens(forced)
            path.written += forced
            pending += forced
            if path.matcher.is_stopped() or len(path.written) >= MOST_ANSWER_TOKENS:
                break
            self._evaluate(pending)
            forks += self._choose(path)
            pending = path.written[-1:]
            if path.probability <= floor:
                return False, forks
        if path.matcher.is_error():
            raise ModelError(f"the grammar failed: {path.matcher.get_error()}")
        return path.matcher.is_accepting() or path.matcher.is_stopped(), forks

    def _matcher(self, grammar: str) -> Any:
        maker = self._library.guidance.LLMatcher
        matcher = maker(self._tokenizer, maker.grammar_from_lark(grammar), log_level=0)
        if matcher.is_error():
            raise ModelError(f"the grammar failed: {matcher.get_error()}")
        return matcher

    def _reuse(self, tokens: list[int]) -> int:
        """Keep what the cache shares with this prompt; return how many tokens need no evaluation."""
        shared = 0
        # The last token is always evaluated again: its logits are what the answer starts from.
        while shared < min(len(self._evaluated), len(tokens) - 1) and self._evaluated[shared] == tokens[shared]:
            shared += 1
        self._api.llama_memory_seq_rm(self._memory, 0, shared, -1)
        del self._evaluated[shared:]
        return shared

    def _evaluate(self, tokens: list[int]) -> None:
        for start in range(0, len(tokens), _BATCH):
            self._evaluate_batch(tokens[start : start + _BATCH])

    def _evaluate_batch(self, tokens: list[int]) -> None:
        batch, place = self._batch, len(self._evaluated)
        batch.n_tokens = len(tokens)
        for index, token in enumerate(tokens):
            batch.token[index] = token
            batch.pos[index] = place + index
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = 0
            batch.logits[index] = index == len(tokens) - 1
        if self._api.llama_decode(self._context, batch) != 0:
            self._evaluated.clear()
            self._api.llama_memory_clear(self._memory, True)
            raise ModelError("llama.cpp failed to evaluate the prompt")
        self._evaluated += tokens
        self._worked += len(tokens)

    def _choose(self, path: search.Path) -> list[search.Path]:
        """Go on with the best allowed token; returns the paths of the next best that could still win.

        The probabilities are the model's, before the mask.
        """
        import numpy as np

        row = np.ctypeslib.as_array(self._api.llama_get_logits_ith(self._context, -1), shape=(self._size,))
        best = int(row.argmax())
        probabilities = np.exp(row - row[best])
        probabilities /= probabilities.sum()
        allowed = path.matcher.is_accepting() if best == self._end else path.matcher.validate_tokens([best]) == 1
        if allowed and path.probability * (1 - float(probabilities[best])) < search.LEAST:
            self._take(path, best, float(probabilities[best]))
            return []
        ranked = np.where(self._mask(path.matcher), row, -np.inf)
        best, *others = np.argsort(ranked)[: -search.MOST_PATHS - 1 : -1].tolist()
        forks = []
        for token in others:
            if ranked[token] > -np.inf and path.probability * float(probabilities[token]) >= search.LEAST:
                forks.append(path.fork())
                self._take(forks[-1], token, float(probabilities[token]))
        self._take(path, best, float(probabilities[best]))
        return forks

    def _take(self, path: search.Path, token: int, probability: float) -> None:
        choice = Choice(text=self._tokenizer.decode_str([token]), probability=probability)
        path.take(token, choice, end=token == self._end)

    def _mask(self, matcher: Any) -> np.ndarray[Any, Any]:
        """Which tokens the grammar allows now: booleans over the vocabulary."""
        import numpy as np

        bits = np.frombuffer(matcher.compute_bitmask(), dtype=np.uint8)
        return np.unpackbits(bits, bitorder="little")[: self._size].astype(bool)

    # --- the state of a prefix ---

    def state(self, prefix: Sequence[tuple[str, bool]]) -> bytes:
        """Evaluate a prompt prefix and return its state, so that it need not be evaluated again."""
        tokens = self.tokenize(prefix)
        self._api.llama_memory_seq_rm(self._memory, 0, 0, -1)
        self._evaluated.clear()
        self._evaluate(tokens)
        size = self._api.llama_state_get_size(self._context)
        room = (ctypes.c_uint8 * size)()
        written = self._api.llama_state_get_data(self._context, room, size)
        head = struct.pack(f"={_HEAD}{len(tokens)}i", _MARK, len(tokens), written, *tokens)
        return head + memoryview(room)[:written]

    def restore(self, state: bytes) -> bool:
        """Take up what `state` returned; False where it is something else, or does not fit this model."""
        try:
            mark, count, size = struct.unpack_from(f"={_HEAD}", state)
            tokens = struct.unpack_from(f"={count}i", state, struct.calcsize(f"={_HEAD}"))
        except struct.error:
            return False
        data = state[struct.calcsize(f"={_HEAD}{count}i") :]
        if mark != _MARK or count >= self._length or len(data) != size:
            return False
        room = (ctypes.c_uint8 * size).from_buffer_copy(data)
        if self._api.llama_state_set_data(self._context, room, size) != size:
            self._api.llama_memory_clear(self._memory, True)
            return False
        self._evaluated = list(tokens)
        return True


def _matcher_tokenizer(library: Library, descriptor: int, path: Path) -> Any:
    api = library.api
    params = api.llama_model_default_params()
    params.vocab_only = True
    vocabulary = api.llama_model_get_vocab(_read_model(library, descriptor, params, path))
    return library.guidance.LLTokenizer.from_llamacpp(
        tokens=_pieces(api, vocabulary),
        vocab_ptr=vocabulary,
        tokenize_fptr=ctypes.cast(api._lib.llama_tokenize, ctypes.c_void_p).value,
        eos_token=_end_token(api, vocabulary),
        slices=[],
    )


def _read_model(library: Library, descriptor: int, params: Any, path: Path) -> Any:
    """Load a model from an open file, which is closed; ModelError where llama.cpp refuses it."""
    stream = library.stdio.fdopen(descriptor, b"rb")
    if not stream:
        raise ModelError(f"cannot read {path}")
    try:
        model = library.api.llama_model_load_from_file_ptr(stream, params)
    finally:
        library.stdio.fclose(stream)
    if not model:
        raise ModelError(f"llama.cpp cannot load {path}", hint="check it with: nlshctl model verify")
    return model


def _stdio() -> Any:
    """The C library's streams, which llama.cpp reads from."""
    library = ctypes.CDLL(None)
    library.fdopen.restype, library.fdopen.argtypes = ctypes.c_void_p, (ctypes.c_int, ctypes.c_char_p)
    library.fclose.argtypes = (ctypes.c_void_p,)
    return library


def _pieces(api: Any, vocabulary: Any) -> list[bytes]:
    """The bytes of every token; control tokens carry a leading 0xff, which llguidance takes for special."""
    room = ctypes.create_string_buffer(1024)
    marked = api.LLAMA_TOKEN_ATTR_CONTROL
    pieces = []
    for token in range(api.llama_vocab_n_tokens(vocabulary)):
        length = api.llama_token_to_piece(vocabulary, token, room, len(room), 0, True)
        piece = room.raw[: max(length, 0)]
        pieces.append(b"\xff" + piece if api.llama_vocab_get_attr(vocabulary, token) & marked else piece)
    return pieces


def _end_token(api: Any, vocabulary: Any) -> int:
    """The token that ends an answer: the end of a turn, or where a model has none, of the text."""
    turn = int(api.llama_vocab_eot(vocabulary))
    return turn if turn >= 0 else int(api.llama_vocab_eos(vocabulary))


def _silent(level: int, text: bytes, data: Any) -> None:
    """llama.cpp writes its log to the terminal unless told otherwise."""


def _spins() -> str:
    """How long threads spin at llama.cpp's barriers before they sleep, for libgomp.

    Spinning is three times as fast as sleeping on an idle machine, and starves the other thread on a busy one: a token
    then takes up to a second in place of 8 ms. So it spins for a short time, and not at all where all cores are taken.
    """
    try:
        text = Path("/proc/stat").read_text()
        running = int(text.partition("procs_running ")[2].split()[0])
    except (OSError, ValueError, IndexError):
        running = 0
    return "0" if running > 2 * _cores() + 1 else "10000"


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _has_amx() -> bool:
    try:
        return " amx_int8" in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
