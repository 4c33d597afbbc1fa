#include "agent/config/configuration.h"
