"""The code a phone is pointed at: from the Gateway's picture of it to a drawing that scans.

How a caller goes about it:

    code = await code_of(answer.qr_data_url, now=time.time(), good_for=20.0)   # reading.py, in a child
    code.picture.drawn(Drawing.HALVES).fits(columns, lines)                    # picture.py, pure
    CodeFile(path, Disk()).write(code.png, code.until)                         # file.py, `--png FILE`

`screens.widgets.qr_code.QrCode` shows a `Code`. The text of a code links a device to somebody's account: it
is in no `repr`, record, log or answer, nothing here keeps it, and `appliance.redact` hides what slips by.
"""
