#include "agent/keys/linkage_key.h"
