"""How a command fails: one sentence on standard error, exit status 2, no traceback."""

import click

from rules.sentences import sentence_of


class Failure(click.ClickException):
    """The command cannot go on; one sentence, in the language that the command speaks, says what to do next."""

    exit_code = 2

    def __init__(self, sentence: str, /, **values: object) -> None:
        """`sentence` is a message of the catalogues, with {names} for `values`."""
        from pos_app.cli.speech import words_here
        from rules.language.faults import printable

        super().__init__(printable(words_here()(sentence, **values)))

    @classmethod
    def of(cls, error: Exception) -> "Failure":
        """The failure that `error` tells of."""
        return cls(sentence_of(error))

    def show(self, file: object = None) -> None:  # noqa: ARG002 - click's signature
        """Print the sentence on standard error."""
        click.echo(f"assidu: {self.message}", err=True)
