"""Reads a Django settings file without running it: plain values, paths from __file__, and what follows from them, as JSON.

Run as: python settings_source.py <settings.py>. Says {"settings": {...}, "unknown": [...]}: what it cannot be sure of
(the environment, functions, conditions) is unknown and never guessed. Knows nothing of nginx. CPython 3.8 and newer.
"""

import ast
import json
import os
import sys

WANTED = {  # and what Django takes when a settings file does not say
    "WSGI_APPLICATION": None, "STATIC_URL": None, "STATIC_ROOT": None, "MEDIA_URL": "", "MEDIA_ROOT": "",
    "ALLOWED_HOSTS": [], "DEBUG": False, "DATA_UPLOAD_MAX_MEMORY_SIZE": 2621440, "SECURE_PROXY_SSL_HEADER": None,
    "SECURE_SSL_REDIRECT": False, "SECURE_HSTS_SECONDS": 0, "SECURE_CONTENT_TYPE_NOSNIFF": True,
    "SECURE_REFERRER_POLICY": "same-origin", "STATICFILES_STORAGE": None, "STORAGES": None, "MIDDLEWARE": [],
}
FILE_LIMIT = 1 << 20
DEPTH = 6


class Unknown(Exception):
    pass


class Folder(str):
    """A path; the slash operator joins it."""


def join(*parts):
    return Folder(os.path.normpath(os.path.join(*map(str, parts))))


def name_of(node):
    """`os.path.join` as text, for calls and modules."""
    if isinstance(node, ast.Attribute):
        return name_of(node.value) + "." + node.attr
    return node.id if isinstance(node, ast.Name) else "?"


CALLS = {
    "join": lambda *parts: join(*parts), "dirname": lambda path: Folder(os.path.dirname(path)),
    "abspath": lambda path: Folder(os.path.abspath(path)), "realpath": lambda path: Folder(os.path.realpath(path)),
    "normpath": lambda path: Folder(os.path.normpath(path)), "Path": lambda *parts: join(*parts), "str": str,
    "list": list, "tuple": list,
}


def value_of(node, names):
    def of(inner):
        return value_of(inner, names)

    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        if node.id in names:
            return names[node.id]
    elif isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return [of(item) for item in node.elts]
    elif isinstance(node, ast.Dict):
        return {of(key): of(value) for key, value in zip(node.keys, node.values) if key is not None}
    elif isinstance(node, ast.JoinedStr):
        return "".join(str(of(part.value if isinstance(part, ast.FormattedValue) else part)) for part in node.values)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not of(node.operand)
    elif isinstance(node, ast.BinOp):
        left, right = of(node.left), of(node.right)
        if isinstance(node.op, ast.Div) and isinstance(left, str):
            return join(left, right)
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.Mult) and isinstance(left, int) and isinstance(right, int):
            return left * right
        if isinstance(node.op, ast.LShift) and isinstance(left, int) and 0 <= right < 64:
            return left << right
    elif isinstance(node, ast.Attribute) and node.attr == "parent":
        return Folder(os.path.dirname(of(node.value)))
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "parents":
        index = node.slice.value if type(node.slice).__name__ == "Index" else node.slice  # Index: CPython 3.8
        path, up = of(node.value.value), of(index)
        for _ in range(up + 1):
            path = os.path.dirname(path)
        return Folder(path)
    elif isinstance(node, ast.Call) and not node.keywords:
        last = name_of(node.func).rsplit(".", 1)[-1]
        if isinstance(node.func, ast.Attribute) and last in ("resolve", "absolute"):
            return Folder(os.path.realpath(of(node.func.value)))
        if isinstance(node.func, ast.Attribute) and last in ("joinpath", "as_posix"):
            return join(of(node.func.value), *map(of, node.args))
        if name_of(node.func) in ("os.path.join", "path.join", "join") or last in CALLS and last != "join":
            return CALLS[last](*map(of, node.args))
    raise Unknown


def sure(node, names):
    """(known, value)."""
    try:
        return True, value_of(node, names)
    except (Unknown, TypeError, ValueError, KeyError, AttributeError):
        return False, None


def assigned(nodes):
    """Every name that these statements may set."""
    return {
        inner.id for node in nodes for inner in ast.walk(node) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
    }


def forget(names, unknown, lost):
    for name in lost:
        names.pop(name, None)
        unknown.add(name)


def read(path, names, unknown, depth):
    if depth == 0 or os.path.getsize(path) > FILE_LIMIT:
        raise Unknown
    with open(path, encoding="utf-8-sig") as file:
        tree = ast.parse(file.read(), path)
    before = names.get("__file__")
    names["__file__"] = Folder(os.path.abspath(path))
    run(tree.body, path, names, unknown, depth)
    names["__file__"] = before


def run(body, path, names, unknown, depth):
    for node in body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            known, value = sure(node.value, names)
            lost = assigned([node])
            forget(names, unknown, lost)
            if known and all(isinstance(target, ast.Name) for target in targets):
                names.update({target.id: value for target in targets})
                unknown -= lost
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            known, value = sure(node.value, names)
            if known and isinstance(node.op, ast.Add) and type(names.get(node.target.id)) is type(value):
                names[node.target.id] = names[node.target.id] + value
            else:
                forget(names, unknown, {node.target.id})
        elif isinstance(node, ast.ImportFrom) and any(one.name == "*" for one in node.names):
            star(node, path, names, unknown, depth)
        elif isinstance(node, ast.If) and sure(node.test, names)[0]:
            run(node.body if sure(node.test, names)[1] else node.orelse, path, names, unknown, depth)
        elif isinstance(node, ast.Expr):
            # ALLOWED_HOSTS.append(…), MIDDLEWARE.insert(…)
            forget(names, unknown, {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and one.id in WANTED})
        elif not isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)):
            used = {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and one.id in WANTED}
            forget(names, unknown, assigned([node]) | used)
        else:
            forget(names, unknown, {one.asname or one.name for one in getattr(node, "names", []) if (one.asname or one.name) in WANTED})


def star(node, path, names, unknown, depth):
    """`from .base import *`, `from mysite.settings.base import *`: read as well; what cannot be found may set anything."""
    parts = (node.module or "").split(".") if node.module else []
    folder = os.path.dirname(os.path.abspath(path))
    for _ in range(max(0, node.level - 1)):
        folder = os.path.dirname(folder)
    roots = [folder] if node.level else [folder, os.path.dirname(folder), os.path.dirname(os.path.dirname(folder))]
    for root in roots:
        for candidate in (os.path.join(root, *parts) + ".py", os.path.join(root, *parts, "__init__.py")):
            if parts and os.path.isfile(candidate):
                return read(candidate, names, unknown, depth - 1)
    forget(names, unknown, set(WANTED))


def main():
    names, unknown = {}, set()
    try:
        read(sys.argv[1], names, unknown, DEPTH)
    except (Unknown, SyntaxError, UnicodeDecodeError, OSError, RecursionError) as error:
        json.dump({"error": str(error) or "it is too large"}, sys.stdout)
        return
    settings = {name: names.get(name, default) for name, default in WANTED.items() if name not in unknown}
    json.dump({"settings": settings, "unknown": sorted(unknown & set(WANTED))}, sys.stdout)


main()
