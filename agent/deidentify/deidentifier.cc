#include "agent/deidentify/deidentifier.h"
