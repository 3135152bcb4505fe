"""The certificate of a disposal (处置证明): who decided what went, when, and by which hash each file was known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from mediation_server.documents.rendering import Document, rendered
from mediation_server.domain.calendar import SHANGHAI
from mediation_server.domain.disposal import Disposal

__all__ = ["certificate_document", "certificate_pdf"]

_CLASSES = {"permanent": "永久", "long": "长期（60年）", "short": "短期（30年）", "own": "未成案（10年）"}
_DESTROYED = (
    "上列录音录像保存期限届满，无保全、无未结事项，经一人提出、另一人复核同意，已从本系统及其第二副本中销毁，不能恢复。"
)
_BACKUPS = "本证明及所列校验值永久保存；销毁前制作的系统备份按备份轮换规则清除。"
_SHREDDED = (
    "录音录像系加密保存，上列数据密钥已在密钥目录及其副本中一并销毁。系统备份不含数据密钥；"
    "用这些密钥加密的第二副本和备份即使仍然存在，也不能再解密。"
)
_NOT_REACHED = (
    "以上不及于：启用加密之前制作的备份，按备份轮换规则清除；以其他方式另行复制的密钥目录，"
    "在更换主密钥并销毁旧主密钥后失效。本证明及所列校验值永久保存。"
)
_CHECKED = "本证明内容的校验值（SHA-256）已写入该事项的日志，可据以核对本证明未被改动。"


async def certificate_pdf(disposal: Disposal) -> bytes:
    """The PDF, made when it is asked for. Raises `Unavailable("document_unavailable")`."""
    return await rendered(*certificate_document(disposal))


def certificate_document(disposal: Disposal) -> Document:
    """The certificate in Chinese."""
    said = disposal.content
    matter, kept = said["matter"], said["retention"]
    keys: Sequence[str] = [str(each) for each in said.get("keys", ())]
    data = {
        "number": disposal.id,
        "court": disposal.court,
        "sha256": disposal.sha256,
        "rows": [
            ["事项编号", str(matter["ref"])],
            ["案号", str(matter["case_no"] or "无")],
            ["保存类别", _CLASSES.get(str(kept["class"]), str(kept["class"]))],
            ["归档", _day(kept["archived_on"])],
            ["保存至", _day(kept["until"])],
            ["提出", _who(said["proposed"])],
            ["复核同意", _who(said["approved"])],
            ["复核意见", str(said["reason"])],
            *([["销毁的密钥", "\n".join(keys)]] if keys else []),
            ["销毁完成", _instant(disposal.destroyed_at)],
        ],
        "recordings": [_recording(each) for each in said["recordings"]],
        "paragraphs": [_DESTROYED, *([_SHREDDED, _NOT_REACHED] if keys else [_BACKUPS]), _CHECKED],
        "day": _day((disposal.destroyed_at or disposal.decided_at).astimezone(SHANGHAI).date().isoformat()),
    }
    return Document("disposal", data, disposal.destroyed_at or disposal.decided_at)


def _recording(listed: Mapping[str, Any]) -> dict[str, object]:
    files: Sequence[Mapping[str, Any]] = listed["files"]
    return {
        "title": f"录音录像 {listed['id']}（{_instant(datetime.fromisoformat(listed['started_at']))}开始）",
        "seal": str(listed["manifest_sha256"] or "未封存"),
        "files": [[str(each["file"]), f"{each['bytes']:,}", str(each["sha256"])] for each in files],
    }


def _who(person: Mapping[str, Any]) -> str:
    at = person["at"]
    return f"{person['name']}　{_instant(datetime.fromisoformat(at)) if at else ''}"


def _instant(at: datetime | None) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y年%-m月%-d日 %H:%M") if at else "—"


def _day(value: object) -> str:
    if not value:
        return "—"
    day = date.fromisoformat(str(value))
    return f"{day.year}年{day.month}月{day.day}日"
