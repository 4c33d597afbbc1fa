#include "agent/source/source.h"
