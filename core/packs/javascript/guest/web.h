// Owns the interface of web.c: globals that the web has and the language has not.
#pragma once
#include "guest.h"

int web_install(JSValueConst global);
