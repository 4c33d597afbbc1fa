#include "agent/config/diagnostic.h"
