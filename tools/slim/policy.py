"""只许装载自己的东西：写进每一页的 Content-Security-Policy；写在网页里的脚本和样式凭指纹准许。"""
import base64
import hashlib
import re

INLINE = re.compile(r'<(script|style)(?![^>]*\bsrc=)[^>]*>(.*?)</\1>', re.S)


def fingerprints(text: str, kind: str) -> str:
    """一页里写着的脚本（或样式）的指纹。"""
    found = dict.fromkeys(body for tag, body in INLINE.findall(text) if tag == kind)
    return ''.join(f" 'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'"
                   for body in found)


def protect(text: str) -> str:
    """写在 <meta charset> 后面，在它管的一切之前。图可以写在样式里（data:），不可以来自别处。"""
    told = (f"default-src 'self'; script-src 'self'{fingerprints(text, 'script')}; "
            f"style-src 'self'{fingerprints(text, 'style')}; img-src 'self' data:; "
            "object-src 'none'; base-uri 'none'; form-action 'self'")
    meta = f'\n<meta http-equiv="Content-Security-Policy" content="{told}">'
    return re.sub(r'<meta charset="utf-8"\s*/?>', lambda found: found[0] + meta, text, count=1)
