#include "agent/telemetry/log.h"
