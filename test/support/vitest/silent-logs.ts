import { requireSilentLogs } from './log-scan.js';

requireSilentLogs();
