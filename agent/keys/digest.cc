#include "agent/keys/digest.h"
