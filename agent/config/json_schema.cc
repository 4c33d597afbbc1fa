#include "agent/config/json_schema.h"
