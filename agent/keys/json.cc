#include "agent/keys/json.h"
