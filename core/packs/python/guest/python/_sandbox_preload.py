"""Owns which modules are there from the start: those that programs use most, so that importing them costs
nothing. Threads are refused here too, before anything can keep the function that starts them.
"""

import _thread


def _refuse(*args, **kwargs):
    raise RuntimeError("can't start new thread: the sandbox has one thread; use asyncio, or several sandboxes")


_thread.start_new_thread = _thread.start_new = _thread.start_joinable_thread = _refuse

import _sitebuiltins
import abc
import argparse
import array
import ast
import asyncio
import base64
import binascii
import bisect
import builtins
import calendar
import cmath
import collections
import collections.abc
import colorsys
import configparser
import contextlib
import contextvars
import copy
import csv
import dataclasses
import datetime
import decimal
import difflib
import email.message
import enum
import fnmatch
import fractions
import functools
import gc
import glob
import graphlib
import hashlib
import heapq
import hmac
import html
import inspect
import io
import itertools
import json
import keyword
import linecache
import logging
import math
import numbers
import operator
import os
import pathlib
import pickle
import pprint
import queue
import random
import re
import secrets
import shlex
import shutil
import sqlite3
import statistics
import string
import struct
import sys
import tempfile
import textwrap
import threading
import time
import tokenize
import traceback
import types
import typing
import unicodedata
import urllib.parse
import uuid
import warnings
import weakref
import xml.etree.ElementTree
import zlib
import zoneinfo
from importlib import resources

# What `site` would define; it looks for files, so it is not used.
builtins.exit = builtins.quit = sys.exit
builtins.help = _sitebuiltins._Helper()
