"""Names that files give in both languages."""

from pydantic import BaseModel, ConfigDict

from hub.translation import Language


class Name(BaseModel):
    """What people read, in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    vi: str
    en: str

    def text(self, language: Language) -> str:
        """In that language."""
        return self.vi if language == "vi" else self.en
