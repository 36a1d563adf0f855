"""``python -m tributary_study``."""

import sys

from tributary_study.cli import main

sys.exit(main())
