/** Why a link is reported, in words. */
export const reasons = [
  { value: "phishing", label: "Phishing: it steals passwords or money" },
  { value: "malware", label: "Malware: it spreads harmful software" },
  { value: "spam", label: "Spam" },
  { value: "illegal", label: "Illegal content" },
  { value: "other", label: "Something else" },
] as const;
