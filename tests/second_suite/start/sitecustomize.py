"""Python imports this by itself when it starts with this directory on its path: the process uses the second suite."""

from tests.second_suite.suite import use

use()
