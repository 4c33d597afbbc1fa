#include "agent/deidentify/policy.h"
