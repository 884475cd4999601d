"""Makes the zip of the function, the same bytes from the same files: package.py ZIP PROGRAM [FILE...]

The program becomes `bootstrap`; files keep their names. The time of all is SOURCE_DATE_EPOCH.
"""

import os
import sys
import time
import zipfile


def main(zip_path, program, *files, moment):
    entries = {"bootstrap": (program, 0o755)}
    for file in files:
        name = os.path.basename(file)
        if name in entries:
            raise SystemExit(f"package.py: {name} is there twice")
        entries[name] = (file, 0o644)
    # A zip knows no time before 1980.
    date = time.gmtime(max(moment, 315532800))[:6]
    with zipfile.ZipFile(zip_path, "w") as archive:
        for name, (path, mode) in sorted(entries.items()):
            entry = zipfile.ZipInfo(name, date)
            entry.create_system = 3
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            with open(path, "rb") as file:
                archive.writestr(entry, file.read(), zipfile.ZIP_DEFLATED, 9)


if __name__ == "__main__":
    main(*sys.argv[1:], moment=int(os.environ["SOURCE_DATE_EPOCH"]))
