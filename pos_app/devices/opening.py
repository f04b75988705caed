"""Opens a serial port that is only written to: a printer's or a display's, a device or a URL of pyserial."""

import serial

from pos_app.devices.serial_port import Line


def open_serial(port: str, line: Line, write_timeout: float) -> serial.SerialBase:
    """`port` at the speed and frame of `line`; seconds to write. Raises SerialException, OSError, ValueError."""
    return serial.serial_for_url(
        port,
        baudrate=line.baud,
        bytesize=line.bits,
        parity=line.parity,
        stopbits=line.stop,
        timeout=0,
        write_timeout=write_timeout,
    )
