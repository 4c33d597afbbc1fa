#include "agent/source/plugin.h"
