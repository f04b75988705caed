"""Training at the screen: which till the keys go to, while the real one goes on behind it."""

from typing import TYPE_CHECKING

from pos_app.till.view import Stage, View

if TYPE_CHECKING:
    from pos_app.till.till import Till


class Practice:
    """The till itself, kept at work while another one is practised on."""

    def __init__(self) -> None:
        self.work: Till | None = None

    def begin(self, till: "Till", *, coming: bool) -> "Till":
        """The till to practise on; `till` itself, with a notice, while nobody is signed in or in training already."""
        from pos_app.till.training import begin
        from sync.till.errors import StoreError

        try:
            apprentice = begin(till, coming=coming) if self.work is None else None
        except StoreError:
            till.tell("no_training")
            return till
        if apprentice is None:
            till.tell("locked" if self.work is None else "not_here")
            return till
        self.work = till
        return apprentice

    def end(self) -> "Till":
        """Back at work."""
        from pos_app.till.training import end

        assert self.work is not None
        till, self.work = self.work, None
        end(till)
        return till

    def go_on(self, *, tick: bool = False) -> None:
        """What the till behind it has to do: once a second, or when something waits for it."""
        if self.work is not None:
            if tick:
                self.work.tick()
            self.work.pump()

    def leaves(self, key: str, view: View | None, field: str) -> bool:
        """Whether `key` ends the training: F12, or Esc where nothing is begun."""
        idle = view is not None and view.stage is Stage.IDLE and not field
        return self.work is not None and (key == "f12" or (key == "escape" and idle))
