"""How a command fails: one sentence on standard error, exit status 2, no traceback."""

import click


class Failure(click.ClickException):
    """The command cannot go on; the message is one sentence that says what to do next."""

    exit_code = 2

    def show(self, file: object = None) -> None:  # noqa: ARG002 - click's signature
        """Print the sentence on standard error."""
        click.echo(f"assidu: {self.message}", err=True)
